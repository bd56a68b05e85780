-- The last allocations, newest first.
select mark, pool, id, stage, reason, size, nodes, cpus, used, gone, asked, started, ends, ended, why
  from allocation order by asked desc limit :most
