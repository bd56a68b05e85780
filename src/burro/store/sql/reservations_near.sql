-- Who has reserved one of the paths above (a JSON list), as such or as the part of a pattern that is no pattern; or something below.
select path, pattern, job, idx from reservation
where dataset = :dataset and path in (select value from json_each(:paths)) and job <> :job
union all
select path, pattern, job, idx from reservation
where dataset = :dataset and path >= :first and path < :before and job <> :job
