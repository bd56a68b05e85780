-- An allocation is about to be asked for.
insert into allocation (mark, pool, site, terms, stage, size, asked)
values (:mark, :pool, :site, :terms, 'asking', :size, :now)
