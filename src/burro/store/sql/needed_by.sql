-- A live job that depends on another, if there is one.
select job.id from dependency join job on job.id = child where parent = :parent and job.ended is null limit 1
