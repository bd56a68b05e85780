-- The records of a job, in the order of its tasks.
select idx, state, made from record where job = :job order by idx
