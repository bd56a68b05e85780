-- The inboxes, by their directories.
select root, settings, paused from inbox order by root
