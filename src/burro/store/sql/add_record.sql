-- A part of a scheduled job that gets a record of its own. The values come in the order of these columns.
insert into record (job, idx, state) values (?, ?, 'open')
