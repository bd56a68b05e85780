-- Jobs whose time has come, as such or for a task that is to be tried again.
select id from job where begin <= :now and begin is not null and waiting > 0
union
select distinct job from task where after is not null and after <= :now and state = 'waiting'
