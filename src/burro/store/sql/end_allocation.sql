-- An allocation has ended, for good.
update allocation
   set id = coalesce(id, :id), stage = 'ended', ended = :now, started = coalesce(:started, started), why = :why,
       dead = :dead
 where mark = :mark and ended is null
