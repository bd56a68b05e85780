-- What became of a condition.
update dependency set state = ? where child = ? and kind = ? and parent = ? and first = ?
