-- For how long the attempts at one task have run.
select sum(coalesce(ended, :now) - started) from attempt where job = :job and idx = :idx
