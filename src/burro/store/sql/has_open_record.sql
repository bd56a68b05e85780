-- Whether some record of a job is not written.
select exists (select 1 from record where job = :job and state = 'open')
