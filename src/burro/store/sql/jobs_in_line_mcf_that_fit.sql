-- The line, most cpus first within a priority, of what fits into a room.
select id, cpus, mem, gpus, counters, ready, pool, time_min, most - claimed - running, retry is not null, single, priority,
  exists (select 1 from scheduled where scheduled.job = job.id)
from job
where ready > 0 and cpus <= :cpus and mem <= :mem and gpus <= :gpus
  and (pool = 'any' or instr(:pools, ',' || pool || ','))
  and (:rooted or pool <> 'any' or not exists (select 1 from scheduled where scheduled.job = job.id))
  and (counters is null
    or not exists (select 1 from json_each(counters) as asked where value > coalesce(:counters ->> asked.key, 0)))
  and (most is null or claimed + running < most)
order by priority desc, cpus desc, id
