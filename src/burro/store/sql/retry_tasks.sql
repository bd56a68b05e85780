-- Final tasks of a range are asked for again; what has run before keeps its attempts.
update task set state = :after, fails = 0, crashes = 0, cancel = 0, after = null
where job = :job and idx between :first and :last and state = :before
