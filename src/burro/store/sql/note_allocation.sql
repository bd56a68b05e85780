-- What the scheduler says of an allocation that has not ended.
update allocation
   set id = :id, stage = :stage, reason = :reason, nodes = :nodes, cpus = :cpus, started = :started, ends = :ends
 where mark = :mark and ended is null
