-- Rows of this job are still there.
insert into leftover (job) values (:job)
