-- Another time limit for what workers have of a job; null: the job's.
update task set time = :time
where worker is not null and +job = :job
returning idx, token, worker
