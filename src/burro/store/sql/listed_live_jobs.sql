-- Live jobs of a range of numbers that a filter lets through.
select id, name, command, priority, pool, cpus, mem, gpus, counters, time_min, most, begin, max_fails, retry, open, pairs, single,
    submitted, started, ended, tasks, held, waiting, ready, claimed, running, done, failed, cancelled, skipped, user
from job where ended is null and id > :after and id <= :upto
  and (:any or (:held and held > 0) or (:waiting and waiting > 0) or (:ready and ready > 0) or (:claimed and claimed > 0)
    or (:running and running > 0) or (:done and done > 0) or (:failed and failed > 0) or (:cancelled and cancelled > 0)
    or (:skipped and skipped > 0) or (:outcomes <> '[]' and failed > 0 and exists (
        select 1 from attempt where attempt.job = job.id and outcome in (select value from json_each(:outcomes)))))
  and (:name is null or name glob :name) and (:since is null or ended is null or ended >= :since)
order by id limit :most
