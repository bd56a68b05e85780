-- An attempt has ended; what is known of it stays with it.
update handed set stage = 'ended', word = ? where job = ? and idx = ? and token = ?
