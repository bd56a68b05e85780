-- What runs now, and where: pool, allocation, cpus, start.
select worker.pool, worker.allocation, job.cpus, attempt.started
  from task indexed by task_with_worker
  join attempt using (job, idx, token)
  join job on job.id = task.job
  join worker on worker.id = task.worker
 where task.worker is not null and attempt.ended is null
