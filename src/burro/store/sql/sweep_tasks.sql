-- The first tasks of a forgotten job, before an index.
delete from task where job = :job and idx < :bound
