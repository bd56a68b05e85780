-- The task of a job that is tried again next.
select idx, fails, after from task indexed by task_put_off
where after is not null and state = 'waiting' and job = :job order by after limit 1
