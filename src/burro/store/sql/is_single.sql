-- Whether a job is one task alone.
select single from job where id = :id
