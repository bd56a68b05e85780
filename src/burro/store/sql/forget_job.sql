-- A final job is no more; what belongs to it is swept up later.
delete from job where id = :id and ended is not null
returning id
