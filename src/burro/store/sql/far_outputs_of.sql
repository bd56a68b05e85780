-- What is still to come home from the workers of a pool, oldest jobs first.
select job, idx, token, which, path, size from far_output join worker on worker.id = far_output.worker
where worker.pool = :pool order by job, idx, token, which limit :most
