-- Another command for those tasks of a range that nobody has begun.
update line set command = :command
where job = :job and idx between :first and :last
  and idx in (select idx from task where job = :job and idx between :first and :last and state in ('held', 'waiting', 'ready'))
