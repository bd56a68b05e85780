-- What keeps the tasks of a job from being ready, and how many wait.
select open, pairs, coalesce(begin, 0), held, waiting from job where id = :id
