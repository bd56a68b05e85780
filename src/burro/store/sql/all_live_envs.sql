-- Environments that jobs need which are not final or may be asked for again.
select distinct env from job where ended is null or failed + cancelled + skipped > 0
