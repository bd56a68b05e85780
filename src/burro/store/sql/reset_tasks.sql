-- Tasks that nobody has need again what their job says, not what they had grown to: memory, or time, or both.
update task set mem = case when :mem then null else mem end, time = case when :time then null else time end
where job = :job and state in ('held', 'waiting', 'ready') and (mem is not null or time is not null)
