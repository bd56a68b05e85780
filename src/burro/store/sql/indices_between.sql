-- How many indices of a job lie in a range.
select count(*) from task where job = :job and idx between :first and :last
