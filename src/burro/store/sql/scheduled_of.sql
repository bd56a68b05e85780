-- What was said of a job when it was scheduled.
select dataset, asked, apart from scheduled where job = :job
