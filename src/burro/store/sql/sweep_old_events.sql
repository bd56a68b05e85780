-- Some events of no job that are older than a moment, the oldest first.
delete from event where seq in (select seq from event where job is null and at < :before order by seq limit :most)
