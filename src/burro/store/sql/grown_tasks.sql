-- What a worker's tasks of a job need beyond what the job says: memory and time that retries have made longer.
select idx, mem, time from task
where worker = :worker and job = :job and state = 'claimed' and (mem is not null or time is not null)
