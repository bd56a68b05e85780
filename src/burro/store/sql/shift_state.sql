-- Hold or release tasks of a range.
update task set state = :after, after = null
where job = :job and idx between :first and :last and state = :before
