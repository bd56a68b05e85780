-- Parts of scheduled jobs whose record is not written, from behind a mark.
select record.job, record.idx from record join scheduled using (job)
where record.state = 'open' and (record.job, record.idx) > (:job, :idx) and (:dataset is null or dataset = :dataset)
order by record.job, record.idx limit :most
