-- An output file has come home, or never will.
delete from far_output where job = ? and idx = ? and token = ? and which = ?
