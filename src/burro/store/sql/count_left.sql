-- Of the tasks of a range: how many are not final, and how many ended without being done.
select
    count(*) filter (where state not in ('done', 'failed', 'cancelled', 'skipped')),
    count(*) filter (where state in ('failed', 'cancelled', 'skipped'))
from task where job = :job and idx between :first and :last
