-- Tasks that wait for nothing any more become ready; their job's own conditions are met.
update task set state = 'ready', after = null
where job = :job and idx between :first and :last and state = 'waiting' and (after is null or after <= :now)
  and (:pairs = 0 or not exists (
    select 1 from dependency left join task as other on other.job = parent and other.idx = task.idx
    where child = :job and kind = 'aftercorr' and other.state is not 'done'
  ))
