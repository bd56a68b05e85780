-- Accept a bad end only from the attempt that still owns the task; a lost attempt counts as a crash.
update task set state = ?, worker = null, crashes = crashes + ?
where job = ? and idx = ? and token = ? and worker = ? and state = 'running'
returning job, idx, token
