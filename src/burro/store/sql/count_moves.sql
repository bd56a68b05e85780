-- Tasks of one job changed their states: change its counts.
update job set
    held = held + :held, waiting = waiting + :waiting, ready = ready + :ready, claimed = claimed + :claimed,
    running = running + :running, done = done + :done, failed = failed + :failed, cancelled = cancelled + :cancelled,
    skipped = skipped + :skipped,
    started = case when :begun then coalesce(started, :now) else started end,
    ended = case
        when held + :held + waiting + :waiting + ready + :ready + claimed + :claimed + running + :running = 0
        then coalesce(ended, :now) end
where id = :id
returning ended is not null
