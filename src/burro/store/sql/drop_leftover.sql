-- Nothing of this job is left.
delete from leftover where job = :job
