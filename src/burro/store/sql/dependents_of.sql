-- Who waits for a job.
select child, kind, first, last, whole from dependency where parent = :parent and state = 'open'
