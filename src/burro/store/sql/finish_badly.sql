-- Accept a bad end only from the attempt that still owns the task.
update task set state = ?, worker = null, crashes = crashes + ?, fails = fails + ?, after = ?, mem = ?, time = ?
where job = ? and idx = ? and token = ? and worker = ? and state = 'running'
returning job, idx, token
