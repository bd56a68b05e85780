-- One condition less that keeps a job waiting.
update job set open = open - 1 where id = :job returning open
