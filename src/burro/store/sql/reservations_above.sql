-- Who has reserved one of these paths (a JSON list), as such or as the part of a pattern that is no pattern.
select path, pattern, job, idx from reservation
where dataset = :dataset and path in (select value from json_each(:paths)) and job <> :job
