-- The attempt that has just been started.
insert into attempt (job, idx, token, number, worker, started) values (?, ?, ?, ?, ?, ?)
