-- The scheduler has taken an attempt, under this id.
update handed set id = ?, stage = case stage when 'asking' then 'taken' else stage end where job = ? and idx = ? and token = ?
