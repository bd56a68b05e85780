-- Attempts at the tasks of a range, oldest first.
select attempt.idx, number, started, ended, outcome, code, max_rss, cpu_time, out, err, reason, coalesce(handed.node, worker.host) as host,
    worker.pool, worker.name, attempt.token,
    coalesce(handed.id, (select id from allocation where mark = worker.allocation)) as scheduler_id,
    handed.id is not null or worker.said is not null as told
from attempt join worker on worker.id = attempt.worker left join handed using (job, idx, token)
where job = :job and attempt.idx between :first and :last
order by attempt.idx, token
