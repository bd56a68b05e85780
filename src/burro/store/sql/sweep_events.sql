-- Some events of a forgotten job.
delete from event where seq in (select seq from event where job = :job limit :most)
