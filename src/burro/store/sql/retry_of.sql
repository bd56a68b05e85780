-- How a job's failed tasks are tried again.
select retry from job where id = :id
