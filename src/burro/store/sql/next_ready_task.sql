-- The index of the next ready task of a job.
select idx from task where job = :job and state = 'ready' order by idx limit :count
