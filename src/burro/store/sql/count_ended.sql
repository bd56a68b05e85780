-- How many jobs are final.
select count(*) from job where ended is not null
