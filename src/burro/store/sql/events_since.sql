-- What happened after an event.
select seq, at, job, what, detail from event where seq > :seq order by seq limit :most
