-- What decides the next move of a task whose attempt ended badly.
select crashes, fails, cancel, retry, task.mem, task.time, job.mem as job_mem,
    spec ->> 'time' as job_time, coalesce(spec ->> 'requeue', 1) as requeue
from task join job on job.id = task.job join spec on spec.job = task.job
where task.job = :job and idx = :idx and token = :token and worker = :worker and state = 'running'
