-- The tables of version 12. Counts of tasks by state stand in the job, so that nobody counts a million rows.
create table setting (
    name text primary key,
    value text not null
) strict, without rowid;

create table job (
    id integer primary key autoincrement,   -- never used again
    name text not null,
    command text not null,
    priority integer not null,
    pool text not null,
    cpus integer not null check (cpus > 0),
    mem integer not null check (mem >= 0),  -- bytes, 0: any
    gpus integer not null default 0,
    counters text,                          -- JSON: name -> how many; null: none
    time_min real,                          -- seconds that a worker must still have
    most integer,                           -- tasks at a time
    begin real,                             -- seconds since 1970: not before
    max_fails integer,                      -- more failed tasks than this: the rest is cancelled
    retry text,                             -- JSON (model/retry.py); null: what failed is not tried again
    open integer not null default 0 check (open >= 0),  -- dependencies on whole groups of tasks that are not yet met
    pairs integer not null default 0,       -- dependencies task by task (aftercorr)
    single integer not null,
    user text not null,
    env text not null,                      -- digest, names a file in env/
    key text unique,
    digest text not null,
    request text unique,
    submitted real not null,
    started real,
    ended real,
    tasks integer not null,
    held integer not null default 0 check (held >= 0),
    waiting integer not null default 0 check (waiting >= 0),
    ready integer not null default 0 check (ready >= 0),
    claimed integer not null default 0 check (claimed >= 0),
    running integer not null default 0 check (running >= 0),
    done integer not null default 0 check (done >= 0),
    failed integer not null default 0 check (failed >= 0),
    cancelled integer not null default 0 check (cancelled >= 0),
    skipped integer not null default 0 check (skipped >= 0),
    check (held + waiting + ready + claimed + running + done + failed + cancelled + skipped = tasks),
    check ((held + waiting + ready + claimed + running = 0) = (ended is not null))
) strict;

create table spec (                         -- apart from the counts: those are written again with every move
    job integer primary key references job (id) on delete cascade,
    spec text not null                      -- JSON, ASCII; no environment
) strict;

create index job_in_line on job (priority desc, id, cpus, mem, gpus, pool, counters, most) where ready > 0;
create index job_in_line_mcf on job (priority desc, cpus desc, id, mem, gpus, pool, counters, most) where ready > 0;
create index job_in_line_of on job (pool, priority desc, id) where ready > 0 and pool <> 'any';
create index job_to_begin on job (begin) where begin is not null and waiting > 0;
create index job_live on job (id) where ended is null;
create index job_ended on job (ended) where ended is not null;
create index job_name on job (name);
create index job_env on job (env) where ended is null or failed + cancelled + skipped > 0;

create table dependency (
    child integer not null references job (id) on delete cascade,
    kind text not null check (kind in ('afterok', 'afterany', 'afternotok', 'aftercorr')),
    parent integer not null,
    first integer not null,                 -- indices of the parent
    last integer not null,
    whole integer not null,                 -- the parent as such: its counts tell
    state text not null check (state in ('open', 'met', 'broken')),
    primary key (child, kind, parent, first)
) strict, without rowid;

create index dependency_of on dependency (parent, state);

create table line (
    job integer not null,                   -- no foreign key, as below: a job is forgotten at once, its lines bit by bit
    idx integer not null,
    command text not null,
    primary key (job, idx)
) strict, without rowid;

create table worker (
    id integer primary key,
    name text not null unique,
    pool text not null,
    host text not null,
    boot text not null,
    pid integer not null,
    cpus integer not null,
    mem integer not null,
    state text not null check (state in ('up', 'away', 'gone')),
    since real not null,
    allocation text,                        -- the mark of the one that holds it
    said text                               -- JSON: what the scheduler says of the job that it is in; null: nothing
) strict;

create index worker_in_allocation on worker (allocation) where allocation is not null;

create table task (
    job integer not null,                   -- no foreign key: it would cost a look-up for each of a million rows
    idx integer not null,
    state text not null check (             -- the commonest first: 'in' would build a set for each row
        state = 'ready' or state = 'running' or state = 'done' or state = 'claimed' or state = 'failed'
        or state = 'held' or state = 'waiting' or state = 'cancelled' or state = 'skipped'
    ),
    token integer not null default 0,       -- counts claims: what is not of the current one changes nothing
    tries integer not null default 0,       -- attempts that were started
    crashes integer not null default 0,     -- attempts that were lost
    fails integer not null default 0,       -- attempts that failed by themselves, since it was last asked for
    after real,                             -- seconds since 1970: not before (a retry's delay)
    mem integer,                            -- bytes, where it needs more than the job says
    time real,                              -- seconds, likewise
    worker integer,
    cancel integer not null default 0,      -- somebody asked, and it runs
    primary key (job, idx),
    check ((state in ('claimed', 'running')) = (worker is not null))
) strict, without rowid;

create index task_ready on task (job, idx) where state = 'ready';
create index task_odd on task (job, mem, crashes, idx) where state = 'ready' and (mem is not null or crashes >= 2);
create index task_put_off on task (after) where after is not null and state = 'waiting';
create index task_with_worker on task (worker) where worker is not null;

create trigger task_moves before update of state on task
when new.state <> old.state and case old.state
    when 'ready' then
        new.state <> 'claimed' and new.state <> 'cancelled' and new.state <> 'held' and new.state <> 'waiting'
    when 'claimed' then
        new.state <> 'running' and new.state <> 'done' and new.state <> 'failed' and new.state <> 'ready'
        and new.state <> 'cancelled'
    when 'running' then
        new.state <> 'done' and new.state <> 'failed' and new.state <> 'ready' and new.state <> 'cancelled'
        and new.state <> 'waiting'
    when 'held' then
        new.state <> 'ready' and new.state <> 'cancelled' and new.state <> 'waiting' and new.state <> 'skipped'
    when 'waiting' then
        new.state <> 'ready' and new.state <> 'held' and new.state <> 'skipped' and new.state <> 'cancelled'
    when 'failed' then new.state <> 'waiting'
    when 'cancelled' then new.state <> 'waiting'
    when 'skipped' then new.state <> 'waiting'
    else true
end
begin
    select raise(abort, 'a move that the table of states does not have');
end;

create table leftover (                     -- jobs that were forgotten, while rows of theirs are still there
    job integer primary key
) strict;

create trigger task_tokens before update of token on task when new.token < old.token
begin
    select raise(abort, 'a token never goes back');
end;

create table attempt (
    job integer not null,
    idx integer not null,
    token integer not null,
    number integer not null,
    worker integer not null,
    started real not null,
    ended real,
    outcome text check (
        outcome = 'exited' or outcome = 'signalled' or outcome = 'timeout' or outcome = 'memory'
        or outcome = 'not-started' or outcome = 'lost' or outcome = 'walltime' or outcome = 'cancelled'
        or outcome = 'released'
    ),
    code integer,                           -- exit code; below zero: signal; null: nobody saw it
    max_rss integer,                        -- bytes
    cpu_time real,                          -- seconds
    out text,                               -- only where it is not the name that the pattern gives
    err text,
    reason text,
    primary key (job, idx, token),
    check ((outcome is null) = (ended is null))
) strict, without rowid;

create table far_output (                   -- files of ended attempts that lie at another machine
    job integer not null,
    idx integer not null,
    token integer not null,
    which text not null check (which in ('out', 'err')),
    worker integer not null,
    path text not null,                     -- there
    size integer,                           -- bytes; null: not known
    primary key (job, idx, token, which)
) strict, without rowid;

create index far_output_at on far_output (worker);

create table inbox (
    root text primary key,                  -- the directory that is watched
    settings text not null,                 -- JSON (model/inbox.py)
    paused integer not null default 0
) strict, without rowid;

create table event (
    seq integer primary key autoincrement,
    at real not null,
    job integer,
    what text not null,
    detail text not null
) strict;

create index event_of on event (job);
