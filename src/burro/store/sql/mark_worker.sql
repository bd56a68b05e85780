-- A worker went away, or is gone for good.
update worker set state = :state where id = :worker
