-- The head of the line, first come first served: jobs that may start tasks, whatever these need.
select id, cpus, mem, gpus, counters, ready, pool, time_min, most - claimed - running, retry is not null, single, priority,
  exists (select 1 from scheduled where scheduled.job = job.id)
from job
where ready > 0 and (most is null or claimed + running < most)
order by priority desc, id limit :most
