-- The tasks of a job whose indices are first, first + step, ... last.
with recursive indices (idx) as (
    select :first
    union all
    select idx + :step from indices where idx + :step <= :last
)
insert into task (job, idx, state)
select :job, idx, :state from indices
