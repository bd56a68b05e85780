-- A worker says hello; one that was known keeps its number.
insert into worker (name, pool, host, boot, pid, cpus, mem, state, since, allocation, said)
values (:name, :pool, :host, :boot, :pid, :cpus, :mem, 'up', :now, :allocation, :said)
on conflict (name) do update set
    pool = :pool, host = :host, boot = :boot, pid = :pid, cpus = :cpus, mem = :mem, state = 'up', since = :now,
    allocation = :allocation, said = :said
returning id
