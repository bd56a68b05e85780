-- One worker.
select id, state from worker where name = :name
