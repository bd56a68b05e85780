-- An allocation is about to be asked for.
insert into allocation (mark, pool, stage, size, asked) values (:mark, :pool, 'asking', :size, :now)
