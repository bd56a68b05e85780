-- Attempts at the tasks of a range, oldest first.
select attempt.idx, number, started, ended, outcome, code, max_rss, cpu_time, out, err, reason, worker.host, worker.pool, worker.name, token
from attempt join worker on worker.id = attempt.worker
where job = :job and attempt.idx between :first and :last
order by attempt.idx, token
