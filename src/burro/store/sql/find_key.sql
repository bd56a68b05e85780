-- The job that was submitted under this key.
select id, digest, tasks, single from job where key = :key
