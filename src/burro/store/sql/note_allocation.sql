-- What the scheduler says of an allocation that has not ended; what it has given back since was held till now.
update allocation
   set gone = gone + coalesce(max(0, cpus - :cpus) * max(0, :now - started), 0),
       id = :id, stage = :stage, reason = :reason, nodes = :nodes, cpus = :cpus, started = :started, ends = :ends
 where mark = :mark and ended is null
