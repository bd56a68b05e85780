-- What was tried, of the next so many tasks behind one: every attempt, and tasks that ended without any.
select task.job, task.idx, task.state, number, attempt.started, attempt.ended, outcome, code, max_rss, cpu_time, reason,
    coalesce(handed.node, worker.host) as host, worker.pool, worker.name as worker,
    job.name, job.command, job.cpus, job.single, job.submitted,
    case when attempt.token = task.token then coalesce(task.mem, job.mem) else job.mem end as mem, job.gpus,
    job.user
from (
    select * from task where (job, idx) > (:job, :idx) and job <= :upto order by job, idx limit :slice
) as task
join job on job.id = task.job
left join attempt on attempt.job = task.job and attempt.idx = task.idx
left join worker on worker.id = attempt.worker
left join handed on handed.job = task.job and handed.idx = task.idx and handed.token = attempt.token
where (number is not null or task.state in ('cancelled', 'skipped'))
  and (:any or outcome in (select value from json_each(:outcomes))
    or task.state in (select value from json_each(:states)))
  and (:name is null or job.name glob :name)
  and (:since is null or coalesce(attempt.ended, job.ended, :since) >= :since)
order by task.job, task.idx, attempt.token
