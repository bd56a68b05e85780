-- Final jobs in the order of their ends, from behind a mark: those that may be forgotten. In two parts, since many end at once.
select * from (
    select id, ended, name, tasks, env, done, failed, cancelled, skipped, held, waiting, ready, claimed, running from job
    where ended = :ended and ended <= :before and id > :id order by id limit :most
)
union all
select * from (
    select id, ended, name, tasks, env, done, failed, cancelled, skipped, held, waiting, ready, claimed, running from job
    where ended > :ended and ended <= :before order by ended, id limit :most
)
limit :most
