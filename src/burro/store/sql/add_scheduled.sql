-- A job whose outputs become a commit.
insert into scheduled (job, dataset, asked, apart) values (:job, :dataset, :asked, :apart)
