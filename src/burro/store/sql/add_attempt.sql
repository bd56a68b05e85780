-- The attempt that has just been started; its files are named only where they are not what the pattern gives.
insert into attempt (job, idx, token, number, worker, started, out, err) values (?, ?, ?, ?, ?, ?, ?, ?)
