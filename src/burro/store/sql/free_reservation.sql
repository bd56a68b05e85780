-- What a part of a job had reserved is free.
delete from reservation where job = :job and idx = :idx
