-- The last of the next so many tasks behind one, and how many those are.
select job, idx, place from (
    select job, idx, row_number() over (order by job, idx) as place from (
        select job, idx from task where (job, idx) > (:job, :idx) and job <= :upto order by job, idx limit :slice
    )
) order by place desc limit 1
