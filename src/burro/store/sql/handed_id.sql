-- What a scheduler calls an attempt; null where that is not known.
select id from handed where job = ? and idx = ? and token = ?
