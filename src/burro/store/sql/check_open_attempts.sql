-- Attempts that are open though their task is not running them: there are none, ever.
select attempt.job, attempt.idx from attempt join task on task.job = attempt.job and task.idx = attempt.idx
where ended is null and (state <> 'running' or attempt.token <> task.token)
