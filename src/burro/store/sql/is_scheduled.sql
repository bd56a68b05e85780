-- Whether a job was scheduled, so that its outputs become a commit.
select exists (select 1 from scheduled where job = :job)
