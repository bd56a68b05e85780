-- What a task of a job needs.
select cpus, mem from job where id = :id
