-- A job is forgotten, and what of its output has not come home.
delete from far_output where job = :job
