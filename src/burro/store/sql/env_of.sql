-- The environment of a job.
select env from job where id = :id
