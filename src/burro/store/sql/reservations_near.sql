-- Who has reserved something that sorts between two texts: what is below.
select path, pattern, job, idx from reservation
where dataset = :dataset and path >= :first and path < :before and job <> :job
