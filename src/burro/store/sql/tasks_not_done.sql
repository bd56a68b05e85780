-- Tasks of a range that are final and not done.
select idx from task
where job = :job and idx between :first and :last and state in ('failed', 'cancelled', 'skipped')
order by idx limit :most
