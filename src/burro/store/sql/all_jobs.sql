-- Every job.
select * from job order by id
