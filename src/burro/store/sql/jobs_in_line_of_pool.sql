-- The line of one pool: jobs that name it, first come first served within a priority.
select id, cpus, mem, gpus, counters, ready, pool, time_min, most - claimed - running, retry is not null, single, priority,
  0
from job
where ready > 0 and pool <> 'any' and pool = :pool and (most is null or claimed + running < most)
order by priority desc, id
limit :most
