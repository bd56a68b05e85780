-- An attempt is about to be asked for as a scheduler's job.
insert into handed (job, idx, token, pool, mark, place, stage, asked) values (?, ?, ?, ?, ?, ?, 'asking', ?)
