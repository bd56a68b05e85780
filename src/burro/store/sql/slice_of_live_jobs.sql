-- How far the next so many live jobs behind an id reach.
select count(*), max(id) from (select id from job where ended is null and id > :after order by id limit :slice)
