-- The task of a single job becomes ready, if it waits; its job's own conditions are met.
update task set state = 'ready', after = null
where job = ? and idx = 0 and state = 'waiting' and (after is null or after <= ?)
returning job
