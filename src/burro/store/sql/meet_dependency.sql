-- One condition less that keeps a job waiting; what else keeps it.
update job set open = open - 1 where id = ? returning id, open, single and pairs = 0 and coalesce(begin, 0) <= ?
