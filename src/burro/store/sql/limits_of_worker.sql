-- The time limits of what a worker has, where they may be others than it was told.
select task.job, idx, token, coalesce(task.time, spec ->> 'time')
from task join spec on spec.job = task.job
where task.worker = :worker and (task.time is not null or spec ->> 'edited')
