-- How many tasks of a job are in each state.
select held, waiting, ready, claimed, running, done, failed, cancelled, skipped from job where id = :id
