-- Ready tasks that need more memory than their job says, or run alone: how many of each kind a job has.
select job, mem, crashes >= 2, count(*) from task
where state = 'ready' and (mem is not null or crashes >= 2) group by job, mem, crashes >= 2
