-- Give the next ready tasks of a job to a worker that are not odd: those are placed by themselves.
update task set state = 'claimed', token = token + 1, worker = :worker
where job = :job and state = 'ready'
  and idx in (
    select idx from task indexed by task_ready
    where job = :job and state = 'ready' and mem is null and crashes < 2 order by idx limit :count)
returning idx, token, tries
