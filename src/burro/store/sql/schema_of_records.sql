-- The tables of scheduled jobs: what they write, and whether that is recorded.
create table scheduled (                    -- jobs whose outputs become a commit in a repository
    job integer primary key references job (id) on delete cascade,
    dataset text not null,                  -- the root of its working tree; every byte a letter, as with all paths here
    asked text not null,                    -- JSON: what the run record will say
    apart integer not null                  -- each task has outputs and a record of its own
) strict;

create table record (
    job integer not null references scheduled (job) on delete cascade,
    idx integer not null,                   -- -1: the job as such
    state text not null check (state in ('open', 'finished', 'dropped')),
    made text,                              -- the commit
    primary key (job, idx)
) strict, without rowid;

create index record_open on record (job, idx) where state = 'open';

create table reservation (                  -- what nobody else may be scheduled to write
    dataset text not null,
    path text not null,                     -- normal form, relative to the dataset; of a pattern what is none in it
    pattern text not null,                  -- empty: it is a plain path
    job integer not null,
    idx integer not null,
    place text not null,                    -- the directory in which its last part is, of a pattern the first that is one
    tail text not null,                     -- that part from its end to its beginning
    primary key (dataset, path, pattern, job, idx),
    foreign key (job, idx) references record (job, idx) on delete cascade
) strict, without rowid;

create index reservation_by_tail on reservation (dataset, place, tail);

create index reservation_of on reservation (job, idx);
