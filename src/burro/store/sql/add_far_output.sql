-- An output file lies at another machine and is to come home.
insert into far_output (job, idx, token, which, worker, path, size) values (?, ?, ?, ?, ?, ?, ?)
on conflict (job, idx, token, which) do update set worker = excluded.worker, path = excluded.path, size = excluded.size
