-- The attempt at a short task, with its end; from the third on the columns are in the order of a reported end.
insert into attempt (number, worker, job, idx, token, outcome, code, started, ended, max_rss, cpu_time, out, err, reason)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
