-- Another time limit for tasks of a range, whoever has them; null: the job's.
update task set time = :time
where job = :job and idx between :first and :last and state in ('held', 'waiting', 'ready', 'claimed', 'running')
returning idx, token, worker
