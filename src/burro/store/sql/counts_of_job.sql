-- How many tasks of a job are in each state, with the job's number.
select id, held, waiting, ready, claimed, running, done, failed, cancelled, skipped from job where id = ?
