-- A claimed task comes back unstarted: ready again, or cancelled where somebody asked for that.
update task set state = case when cancel then 'cancelled' else 'ready' end, worker = null
where job = ? and idx = ? and token = ? and worker = ? and state = 'claimed'
returning job, idx, state
