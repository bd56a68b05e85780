-- What a worker holds, and what that needs.
select task.job, idx, token, state, job.cpus, coalesce(task.mem, job.mem), cancel, job.gpus, job.counters, crashes >= 2
from task join job on job.id = task.job where task.worker = :worker
