-- The job submitted last.
select max(id) from job
