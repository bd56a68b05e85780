-- How many records could be written now, by dataset.
select dataset, count(*) from record join scheduled using (job) join job on job.id = record.job
    left join task on task.job = record.job and task.idx = record.idx
where record.state = 'open' and case record.idx when -1 then job.done = job.tasks else task.state = 'done' end
group by dataset
