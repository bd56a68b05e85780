-- Allocations that have not ended, oldest first.
select mark, pool, site, terms, id, stage, reason, size, nodes, cpus, asked, started, ends,
       exists (select 1 from worker where allocation = mark) as came
  from allocation where ended is null order by asked
