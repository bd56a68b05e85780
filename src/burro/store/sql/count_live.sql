-- How many jobs are not final.
select count(*) from job where ended is null
