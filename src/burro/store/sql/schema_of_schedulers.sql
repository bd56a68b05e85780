-- The tables of what was asked of batch schedulers.
create table allocation (
    mark text primary key,                  -- our own name for it
    pool text not null,
    site text not null,                     -- who was asked: the scheduler, and behind a blank the host of its commands
    terms text not null,                    -- what the scheduler decides by when to start it, of the pool's entries
    id text,                                -- the scheduler's; null: not known yet, or not taken
    stage text not null check (stage in ('asking', 'waiting', 'starting', 'running', 'stopped', 'ending', 'ended')),
    reason text not null default '',        -- a sentence of the scheduler's
    size integer not null,                  -- nodes that are asked for
    nodes text not null default '',         -- their names, with commas
    cpus integer,
    asked real not null,                    -- seconds since 1970, as all of these
    started real,
    ends real,
    ended real,
    why text,                               -- why it ended
    dead integer not null default 0,        -- what ran in it is gone for certain
    used real not null default 0,           -- core-seconds of the attempts in it that have ended
    gone real not null default 0,           -- core-seconds that it held of cpus that it has given back
    check ((stage = 'ended') = (ended is not null)),
    check (stage in ('asking', 'ended') or id is not null)
) strict, without rowid;

create index allocation_live on allocation (asked) where ended is null;
create index allocation_of_pool on allocation (pool, asked);
create index allocation_dead on allocation (mark) where dead;

create table handed (                       -- attempts that are a scheduler's own jobs
    job integer not null,                   -- no foreign key, as of tasks
    idx integer not null,
    token integer not null,
    pool text not null,
    mark text not null,                     -- our name for what was asked for together
    place integer,                          -- in the scheduler's array; null: it is none
    id text,                                -- the scheduler's; null: not known yet, or not taken
    stage text not null check (stage in ('asking', 'taken', 'revoked', 'ended')),
    wish text check (wish in ('cancel', 'back', 'release')),  -- what it is to be stopped for
    node text,
    asked real not null,                    -- seconds since 1970
    said text,                              -- JSON: what the scheduler says of it, as it found that on its node
    word text,                              -- the scheduler's for how it ended, where that was heard
    primary key (job, idx, token),
    check (stage in ('asking', 'revoked', 'ended') or id is not null)
) strict, without rowid;

create index handed_live on handed (pool, asked) where stage <> 'ended';
