-- Parts of scheduled jobs whose record is not written, from behind a mark, with how their jobs and tasks stand.
select record.job, record.idx, dataset, asked, name, single, task.state,
    held, waiting, ready, claimed, running, done, failed, cancelled, skipped
from record join scheduled using (job) join job on job.id = record.job
    left join task on task.job = record.job and task.idx = record.idx
where record.state = 'open' and (record.job, record.idx) > (:job, :idx) and (:dataset is null or dataset = :dataset)
order by record.job, record.idx limit :most
