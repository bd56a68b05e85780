-- An attempt has begun on this node, as this job of the scheduler's.
update handed set node = ?1, id = coalesce(?2, id), said = ?3,
    stage = case when stage = 'asking' and ?2 is not null then 'taken' else stage end
where job = ?4 and idx = ?5 and token = ?6
