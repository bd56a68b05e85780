-- Environments that unfinished jobs need.
select distinct env from job where ended is null
