-- Final jobs in the order of their ends, from behind a mark: those that may be forgotten.
select id, ended, name, tasks, env, done, failed, cancelled, skipped, held, waiting, ready, claimed, running from job
where ended is not null and ended <= :before and (ended, id) > (:ended, :id)
order by ended, id limit :most
