-- Nobody else is to write this either, as long as its record is not written.
insert or ignore into reservation (dataset, path, pattern, job, idx, place, tail)
select :dataset, :path, :pattern, job, idx, :place, :tail from record where job = :job and idx = :idx and state = 'open'
