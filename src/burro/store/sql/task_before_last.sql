-- The task that stands before the last so many of the queue, counted from the end.
select job, idx from task order by job desc, idx desc limit 1 offset :most
