-- Forget a request that the scheduler has certainly not taken.
delete from allocation where mark = :mark and stage = 'asking' and id is null
