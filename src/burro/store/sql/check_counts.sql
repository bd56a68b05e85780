-- Jobs whose counts are not those of their tasks: there are none, ever.
select job.id from job join task on task.job = job.id
group by job.id
having count(*) <> tasks or sum(state = 'held') <> held or sum(state = 'waiting') <> waiting or sum(state = 'ready') <> ready
    or sum(state = 'claimed') <> claimed or sum(state = 'running') <> running or sum(state = 'done') <> done
    or sum(state = 'failed') <> failed or sum(state = 'cancelled') <> cancelled or sum(state = 'skipped') <> skipped
