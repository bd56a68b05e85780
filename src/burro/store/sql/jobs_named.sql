-- Jobs of a name.
select id from job where name = :name order by id
