-- The command of one task of a job made from lines.
insert into line (job, idx, command) values (:job, :idx, :command)
