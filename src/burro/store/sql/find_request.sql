-- The job that this very request made before its answer was lost.
select id, digest, tasks, single from job where request = :request
