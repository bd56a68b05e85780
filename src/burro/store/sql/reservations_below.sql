-- Who has reserved something below a path.
select path, pattern, job, idx from reservation
where dataset = :dataset and path >= :first and path < :before and job <> :job order by path
