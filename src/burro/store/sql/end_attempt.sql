-- How an attempt ended, once.
update attempt set ended = ?, outcome = ?, code = ?, max_rss = ?, cpu_time = ?, out = ?, err = ?, reason = ?
where job = ? and idx = ? and token = ? and ended is null
