-- Forget allocations that ended long ago.
delete from allocation where ended < :before
