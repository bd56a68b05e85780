-- The attempts of a pool that a scheduler has or may have, oldest first.
select job, idx, token, mark, place, id, stage, wish, node, asked from handed
where pool = :pool and stage <> 'ended' order by asked, job, idx
