-- The first lines of a forgotten job, before an index.
delete from line where job = :job and idx < :bound
