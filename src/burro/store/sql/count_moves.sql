-- Tasks of one job changed their states: change its counts, in the order of the states; ?10: some began, ?11: now.
update job set
    held = held + ?1, waiting = waiting + ?2, ready = ready + ?3, claimed = claimed + ?4, running = running + ?5,
    done = done + ?6, failed = failed + ?7, cancelled = cancelled + ?8, skipped = skipped + ?9,
    started = case when ?10 then coalesce(started, ?11) else started end,
    ended = case
        when held + ?1 + waiting + ?2 + ready + ?3 + claimed + ?4 + running + ?5 = 0 then coalesce(ended, ?11)
    end
where id = ?12
returning id, ended is not null, failed + cancelled + skipped, coalesce(failed > max_fails, 0), env
