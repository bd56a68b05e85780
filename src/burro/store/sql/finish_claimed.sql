-- Accept the ends of short tasks, whose start nobody has reported: only of claims that are still the current ones.
update task set state = ?, tries = tries + 1, worker = null
where worker = ? and job = ? and token = ? and idx between ? and ? and state = 'claimed'
returning job, idx, token, tries, state
