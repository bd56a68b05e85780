-- Who has reserved a pattern in a directory that sorts between two texts: a JSON list of [directory, from, before].
select reservation.path, pattern, job, idx from json_each(:spans) as span cross join reservation
    on dataset = :dataset and reservation.path = span.value ->> 0 and pattern >= span.value ->> 1 and pattern < span.value ->> 2
where job <> :job
