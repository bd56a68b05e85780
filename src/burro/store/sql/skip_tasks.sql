-- What can never run is skipped.
update task set state = 'skipped', after = null
where job = :job and state = :state
