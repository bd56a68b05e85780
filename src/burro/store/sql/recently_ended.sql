-- The jobs that ended last.
select id from job where ended is not null order by ended desc, id desc limit :most
