-- What decides the next move of a task whose attempt ended badly.
select crashes, cancel, spec from task join job on job.id = task.job
where task.job = :job and idx = :idx and token = :token and worker = :worker and state = 'running'
