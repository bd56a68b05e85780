-- The conditions of a job.
select kind, parent, first, last, whole, state from dependency where child = :child order by parent, first
