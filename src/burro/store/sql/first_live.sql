-- The oldest live jobs.
select id from job where ended is null order by id limit :most
