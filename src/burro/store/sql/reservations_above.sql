-- Who has reserved one of the plain paths above (a JSON list).
select path, pattern, job, idx from reservation
where dataset = :dataset and path in (select value from json_each(:paths)) and pattern = '' and job <> :job
