-- How far the next so many events behind one reach.
select count(*), max(seq) from (select seq from event where seq > :after order by seq limit :slice)
