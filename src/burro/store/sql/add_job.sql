-- A new job; all its tasks start in one state.
insert into job (name, command, priority, pool, cpus, mem, single, user, env, key, digest, request, submitted, tasks, held, waiting, ready,
    gpus, counters, time_min, most, begin, max_fails, retry, open, pairs)
values (:name, :command, :priority, :pool, :cpus, :mem, :single, :user, :env, :key, :digest, :request, :submitted, :tasks, :held, :waiting, :ready,
    :gpus, :counters, :time_min, :most, :begin, :max_fails, :retry, :open, :pairs)
returning id
