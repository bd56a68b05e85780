-- The repository whose commits the outputs of a job become; none where it was not scheduled.
select dataset from scheduled where job = :job
