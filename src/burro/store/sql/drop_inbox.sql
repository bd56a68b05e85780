-- Watch a directory no more.
delete from inbox where root = :root
