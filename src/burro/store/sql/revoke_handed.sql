-- An attempt was taken back before it began: what the scheduler still has of it is to go.
update handed set stage = 'revoked' where job = ? and idx = ? and token = ?
