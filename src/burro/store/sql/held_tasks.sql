-- Everything that some worker holds.
select task.worker, task.job, idx, token, job.cpus, job.mem from task join job on job.id = task.job where task.worker is not null
