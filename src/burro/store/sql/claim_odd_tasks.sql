-- Give the next odd tasks of a job to a worker: those with so much memory, and that run alone or do not.
update task set state = 'claimed', token = token + 1, worker = :worker
where job = :job and state = 'ready'
  and idx in (
    select idx from task indexed by task_odd
    where job = :job and state = 'ready' and (mem is not null or crashes >= 2)
      and mem is :mem and (crashes >= 2) = :alone order by crashes, idx limit :count)
returning idx, token, tries
