-- Tasks whose final attempt is missing or doubled: there are none, ever.
select task.job, task.idx from task left join attempt on attempt.job = task.job and attempt.idx = task.idx
where state in ('done', 'failed')
group by task.job, task.idx
having sum(attempt.token = task.token and attempt.ended is not null) <> 1
