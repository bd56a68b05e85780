-- Cancel what nobody has: within a range of indices.
update task set state = 'cancelled'
where job = :job and idx between :first and :last and state = :state
