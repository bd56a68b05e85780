-- How many conditions of a job on whole groups are open, and how many it has task by task.
update job set
    open = (select count(*) from dependency where child = :job and kind <> 'aftercorr' and state = 'open'),
    pairs = (select count(*) from dependency where child = :job and kind = 'aftercorr')
where id = :job
returning open, pairs
