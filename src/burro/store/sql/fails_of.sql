-- How many tasks of a job failed, and how many may.
select failed, max_fails from job where id = :id
