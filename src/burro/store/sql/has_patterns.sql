-- Those of some paths (a JSON list) that are directories with patterns in them.
select one.value from json_each(:paths) as one
where exists (select 1 from reservation where dataset = :dataset and reservation.path = one.value and pattern > '')
