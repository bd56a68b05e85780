-- Who runs what of a range of tasks.
select idx, token, worker from task
where worker is not null and +job = :job and idx between :first and :last and state = 'running'
order by idx
