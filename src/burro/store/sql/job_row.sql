-- One job as people see it.
select * from job where id = :id
