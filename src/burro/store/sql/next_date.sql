-- The first date after a moment.
select min(moment) from (
    select min(begin) as moment from job where begin > :after and waiting > 0
    union all
    select min(after) from task where after is not null and after > :after and state = 'waiting'
)
