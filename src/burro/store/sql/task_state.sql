-- Where one task stands.
select state from task where job = :job and idx = :idx
