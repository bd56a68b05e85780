-- A fact that has happened.
insert into event (at, job, what, detail) values (?, ?, ?, ?)
