-- Whether anybody else has reserved one of the paths above some others, or something below these (JSON lists).
select 1 from reservation
where dataset = :dataset and path in (select value from json_each(:above)) and job <> :job
union all
select 1 from json_each(:paths) as one cross join reservation
    on dataset = :dataset and reservation.path >= one.value || '/' and reservation.path < one.value || '0'
where job <> :job
limit 1
