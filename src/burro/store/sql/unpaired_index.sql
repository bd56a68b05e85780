-- An index of a job that the job it depends on task by task does not have.
select min(idx) from task as child
where job = :child and not exists (select 1 from task where job = :parent and task.idx = child.idx)
