-- What is known of the first attempts of a forgotten job at schedulers, before an index.
delete from handed where job = :job and idx < :bound and stage = 'ended'
