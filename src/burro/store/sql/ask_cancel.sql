-- Ask for the end of what a worker has.
update task set cancel = 1
where job = :job and idx between :first and :last and state in ('claimed', 'running') and cancel = 0
returning idx, token, worker
