-- The smallest index of a job.
select min(idx) from task where job = :job
