-- The scheduler has taken a request.
update allocation set id = :id, stage = 'waiting' where mark = :mark and stage = 'asking'
