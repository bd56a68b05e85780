-- Who has reserved one of the plain paths above (a JSON list), or something that sorts between two texts: what is below.
select path, pattern, job, idx from reservation
where dataset = :dataset and path in (select value from json_each(:paths)) and pattern = '' and job <> :job
union all
select path, pattern, job, idx from reservation
where dataset = :dataset and path >= :first and path < :before and job <> :job
