-- Accept an end only from the attempt that still owns the task.
update task set state = ?, worker = null
where job = ? and idx = ? and token = ? and worker = ? and state = 'running'
returning job, idx, token
