-- Accept the end of a short task, whose start nobody has reported: only of the claim that is still the current one.
update task set state = ?, tries = tries + 1, worker = null
where worker = ? and job = ? and token = ? and idx = ? and state = 'claimed'
returning job, idx, token, tries, state
