-- A started task goes back into the queue: its attempt was lost.
update task set state = ?, worker = null, crashes = crashes + 1
where job = ? and idx = ? and token = ? and worker = ? and state = 'running'
returning job, idx, token
