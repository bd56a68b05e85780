-- The newest live jobs.
select id from job where ended is null order by id desc limit :most
