-- What happened within a range of events, to these jobs (null: to all), since then (null: ever).
select seq, at, job, what, detail from event
where seq > :after and seq <= :upto and (:since is null or at >= :since)
  and (:jobs is null or job in (select value from json_each(:jobs)))
order by seq
