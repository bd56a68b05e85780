-- Tasks of a job within a range of indices.
select idx, state, token, tries, crashes, fails, after, mem, time, worker, cancel from task
where job = :job and idx between :first and :last order by idx limit :most
