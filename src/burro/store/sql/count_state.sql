-- How many tasks of a range are in a state.
select count(*) from task where job = :job and idx between :first and :last and state = :state
