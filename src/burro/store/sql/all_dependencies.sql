-- Every condition of every job.
select child, kind, parent, first, last, whole, state from dependency
