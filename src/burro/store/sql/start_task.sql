-- A worker started a task: only if the claim is still the current one.
update task set state = 'running', tries = tries + 1
where job = ? and idx = ? and token = ? and worker = ? and state = 'claimed'
returning job, idx, token, tries
