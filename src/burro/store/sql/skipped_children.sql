-- Jobs that were skipped, in part or whole, for what became of another.
select distinct child from dependency join job on job.id = child
where parent = :parent and skipped > 0
