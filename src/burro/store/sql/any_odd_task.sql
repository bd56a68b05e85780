-- Whether any ready task needs more memory than its job says, or runs alone.
select 1 from task indexed by task_odd where state = 'ready' and (mem is not null or crashes >= 2) limit 1
