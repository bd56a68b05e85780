-- The index behind the next few tasks of a forgotten job; none where those are all.
select idx from task where job = :job order by idx limit 1 offset :most
