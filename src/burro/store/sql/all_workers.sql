-- Workers that hold or may hold work.
select id, name, pool, host, boot, pid, cpus, mem, state, since from worker where state <> 'gone' order by id
