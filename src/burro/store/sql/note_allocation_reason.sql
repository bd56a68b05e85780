-- The scheduler has a word for an allocation that we do not know.
update allocation set reason = :reason where mark = :mark and ended is null
