-- How many allocations a pool has asked for since some moment.
select count(*) from allocation where pool = :pool and asked > :since
