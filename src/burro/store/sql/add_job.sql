-- A new job; all its tasks start in one state.
insert into job (name, command, priority, pool, cpus, mem, single, spec, env, key, digest, request, submitted, tasks, held, ready)
values (:name, :command, :priority, :pool, :cpus, :mem, :single, :spec, :env, :key, :digest, :request, :submitted, :tasks, :held, :ready)
returning id
