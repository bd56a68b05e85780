-- What could be written now, by dataset: how many records, and the sums that tell them from as many others.
select dataset, count(*), sum(record.job), sum(record.idx)
from record join scheduled using (job) join job on job.id = record.job
    left join task on task.job = record.job and task.idx = record.idx
where record.state = 'open' and case record.idx when -1 then job.done = job.tasks else task.state = 'done' end
group by dataset
