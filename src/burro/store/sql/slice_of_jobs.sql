-- How far the next so many jobs behind an id reach.
select count(*), max(id) from (select id from job where id > :after order by id limit :slice)
