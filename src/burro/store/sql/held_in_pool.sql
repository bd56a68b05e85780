-- What the workers of a pool hold: how many tasks, and how many of them run.
select count(*), coalesce(sum(task.state = 'running'), 0)
from worker join task on task.worker = worker.id
where worker.pool = :pool and worker.state <> 'gone'
