-- What became of a condition.
update dependency set state = :state where child = :child and kind = :kind and parent = :parent and first = :first
