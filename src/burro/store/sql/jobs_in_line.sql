-- Jobs with ready tasks, in the order of the queue.
select id, cpus, mem, ready, pool from job where ready > 0 order by priority desc, id limit :most
