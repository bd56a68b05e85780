-- Whether there is a job.
select count(*) from job where id = :id
