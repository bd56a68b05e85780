-- What schedulers said of attempts at the tasks of a range: of their own jobs, or of the allocations they ran in.
select attempt.idx, attempt.token, handed.id is not null as own, coalesce(handed.said, worker.said) as said,
    handed.word, coalesce(handed.asked, allocation.asked) as asked, allocation.started
from attempt join worker on worker.id = attempt.worker left join handed using (job, idx, token)
    left join allocation on allocation.mark = worker.allocation
where attempt.job = :job and attempt.idx between :first and :last and (handed.id is not null or worker.said is not null)
