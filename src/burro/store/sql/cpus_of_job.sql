-- The cpus that each task of a job has.
select cpus from job where id = :id
