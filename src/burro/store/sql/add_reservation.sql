-- Nobody else is to write this. The values come in the order of these columns.
insert or ignore into reservation (dataset, path, pattern, job, idx, place, tail) values (?, ?, ?, ?, ?, ?, ?)
