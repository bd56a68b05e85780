-- An attempt has begun on this node, as this job of the scheduler's.
update handed set node = ?, id = coalesce(?, id), stage = case when stage = 'asking' and ?2 is not null then 'taken' else stage end
where job = ?3 and idx = ?4 and token = ?5
