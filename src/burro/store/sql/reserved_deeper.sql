-- Who has reserved what lies in directories that sort between two texts (a JSON list of [from, before]), one of which ends so.
select reservation.path, pattern, job, idx from json_each(:spans) as span cross join reservation
    on dataset = :dataset and place >= span.value ->> 0 and place < span.value ->> 1
where job <> :job and instr(place || '/', :ending)
