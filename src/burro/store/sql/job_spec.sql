-- What a worker must know of a job.
select spec, env from job where id = :id
