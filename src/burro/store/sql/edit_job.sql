-- What was changed of a job; its tasks are changed by statements of their own.
update job set name = :name, command = :command, priority = :priority, pool = :pool, cpus = :cpus, mem = :mem, gpus = :gpus,
    counters = :counters, time_min = :time_min, most = :most, begin = :begin, max_fails = :max_fails, retry = :retry
where id = :id
