-- A new job; all its tasks start in one state. The values come in the order of these columns.
insert into job (name, command, priority, pool, cpus, mem, gpus, counters, single, user, key, digest, time_min, most, begin, max_fails, retry,
    env, request, submitted, tasks, held, waiting, ready, open, pairs)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
returning id
