-- What a worker holds.
select task.job, idx, token, state, job.cpus, job.mem, cancel from task join job on job.id = task.job where task.worker = :worker
