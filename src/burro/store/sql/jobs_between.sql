-- Jobs of a range of numbers.
select id from job where id between :first and :last order by id
