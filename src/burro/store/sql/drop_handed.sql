-- An attempt is certainly not with the scheduler, and was not begun.
delete from handed where job = ? and idx = ? and token = ?
