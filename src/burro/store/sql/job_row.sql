-- One job as people see it.
select job.*, spec.spec from job join spec on spec.job = job.id where id = :id
