-- An allocation is about to be asked for.
insert into allocation (mark, pool, site, stage, size, asked) values (:mark, :pool, :site, 'asking', :size, :now)
