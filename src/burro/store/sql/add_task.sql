-- One task of a job whose indices have gaps.
insert into task (job, idx, state) values (:job, :idx, :state)
