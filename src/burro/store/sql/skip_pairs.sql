-- Tasks whose counterpart in another job ended without being done are skipped.
update task set state = 'skipped', after = null
where job = :job and idx between :first and :last and state = :state and exists (
    select 1 from dependency join task as other on other.job = parent and other.idx = task.idx
    where child = :job and kind = 'aftercorr' and other.state in ('failed', 'cancelled', 'skipped')
)
