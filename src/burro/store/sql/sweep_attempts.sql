-- The first attempts of a forgotten job, before an index.
delete from attempt where job = :job and idx < :bound
