-- Whether a job needs an environment: it is not final, or may be asked for again.
select exists (select 1 from job where env = :env and (ended is null or failed + cancelled + skipped > 0))
