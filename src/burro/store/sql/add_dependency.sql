-- One condition of a job on another.
insert or replace into dependency (child, kind, parent, first, last, whole, state)
values (?, ?, ?, ?, ?, ?, ?)
