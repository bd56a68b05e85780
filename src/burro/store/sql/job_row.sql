-- One job as people see it.
select *, spec ->> 'user' as user from job where id = :id
