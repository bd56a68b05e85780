-- Where the last so many events begin: the one before them.
select min(seq) - 1 from (select seq from event order by seq desc limit :most)
