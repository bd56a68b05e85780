-- A record is written, or will never be; returns nothing where that was so before.
update record set state = :state, made = :made where job = :job and idx = :idx and state = 'open' returning idx
