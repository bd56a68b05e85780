-- A job waits for nothing any more.
delete from dependency where child = :child
