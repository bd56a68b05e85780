-- Watch a directory, or watch it otherwise.
insert into inbox (root, settings) values (:root, :settings)
    on conflict (root) do update set settings = :settings
