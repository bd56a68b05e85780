-- How many tasks are ready that name a pool.
select coalesce(sum(ready), 0) from job where ready > 0 and pool = :pool
