-- What a worker must know of a new job.
insert into spec (job, spec) values (?, ?)
