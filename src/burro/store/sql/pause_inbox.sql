-- Let an inbox take nothing, or go on.
update inbox set paused = :paused where root = :root
