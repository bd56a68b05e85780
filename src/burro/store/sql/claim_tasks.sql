-- Give the next ready tasks of a job to a worker; the token rises, so that older claims count no more.
update task set state = 'claimed', token = token + 1, worker = :worker
where job = :job and state = 'ready'
  and idx in (select idx from task where job = :job and state = 'ready' order by idx limit :count)
returning idx, token, tries
