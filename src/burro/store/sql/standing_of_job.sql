-- What keeps the tasks of a job from being ready.
select open, pairs, coalesce(begin, 0), single from job where id = :id
