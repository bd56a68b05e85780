-- Who has reserved what lies in a directory and ends between two texts, read from its end: a JSON list of [directory, from, before].
select reservation.path, pattern, job, idx from json_each(:spans) as span cross join reservation
    on dataset = :dataset and place = span.value ->> 0 and tail >= span.value ->> 1 and tail < span.value ->> 2
where job <> :job
