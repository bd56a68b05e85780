-- Of the tasks of a job: how many are not final, and how many ended without being done.
select tasks - done - failed - cancelled - skipped, failed + cancelled + skipped from job where id = :id
