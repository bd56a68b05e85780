-- Jobs that are not final.
select * from job where ended is null order by id
