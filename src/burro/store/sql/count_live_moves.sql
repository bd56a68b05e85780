-- Tasks of one job changed their states, none began or ended: change its counts, and no index that tells live jobs from others.
update job set held = held + ?, waiting = waiting + ?, ready = ready + ?, claimed = claimed + ?, running = running + ? where id = ?
