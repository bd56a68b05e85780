-- The numbers of all jobs.
select id from job order by id
