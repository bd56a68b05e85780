-- The command of one task of a job made from lines.
select command from line where job = :job and idx = :idx
