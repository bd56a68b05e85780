-- Give the task of a single job to a worker, if it is ready.
update task set state = 'claimed', token = token + 1, worker = ?
where job = ? and idx = 0 and state = 'ready'
returning job, idx, token, tries
