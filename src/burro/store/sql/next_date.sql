-- When the next thing is due.
select min(moment) from (
    select min(begin) as moment from job where begin > :now and waiting > 0
    union all
    select min(after) from task where after is not null and after > :now and state = 'waiting'
)
