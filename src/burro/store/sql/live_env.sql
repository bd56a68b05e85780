-- Whether an unfinished job needs an environment.
select count(*) from job where env = :env and ended is null
