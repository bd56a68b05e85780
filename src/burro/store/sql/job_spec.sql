-- What a worker must know of a job.
select spec, env, priority from job join spec on spec.job = job.id where id = :id
