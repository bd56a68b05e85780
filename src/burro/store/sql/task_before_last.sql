-- The task that stands before the last so many that were begun, or ended without, counted from the end of the queue.
select task.job, idx from job join task on task.job = job.id
where (job.started is not null or job.cancelled + job.skipped > 0) and (tries > 0 or state in ('cancelled', 'skipped'))
order by job.id desc, idx desc limit 1 offset :most
