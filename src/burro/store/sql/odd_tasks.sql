-- Ready tasks that need more memory than their job says, or run alone: how many of each kind a job has.
select job, mem, crashes, count(*) from task indexed by task_odd
where state = 'ready' and (mem is not null or crashes >= 2) group by job, mem, crashes
