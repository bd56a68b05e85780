-- Cancel what nobody has: within a range of indices.
update task set state = 'cancelled', after = null
where job = :job and idx between :first and :last and state = :state
