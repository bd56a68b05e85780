-- Who depended on a job.
select distinct child from dependency where parent = :parent
