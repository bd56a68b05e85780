"""Claims and what follows from them. Every write names the token and worker it believes in; no row back: refused."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import NamedTuple

from ..model.placement import PLAIN, Odd
from ..model.retry import judge, policy_from
from ..model.states import CLAIMED, EXITED, LOST, MOVES, READY, RUNNING, after
from .counts import Moves
from .db import Database, Row
from .jobs import runs

Key = tuple[int, int, int]  # job, index, token: one claim

_LONGEST = 1e9  # seconds that a retry's time limit may grow to


class End(NamedTuple):
    """How an attempt ended, as its worker reports it. Times in seconds since 1970, sizes in bytes.

    The order of the fields is that of the message, and of the columns in sql/add_ended_attempt.sql.
    """

    job: int
    idx: int
    token: int
    outcome: str
    code: int | None = None  # exit code; below zero the signal; None: nobody saw it
    started: float = 0.0
    ended: float = 0.0
    max_rss: int | None = None
    cpu_time: float | None = None
    out: str | None = None
    err: str | None = None
    reason: str | None = None

    @property
    def key(self) -> Key:
        """The claim it belongs to."""
        return self[:3]


Ends = dict[Key, End]


def claim(db: Database, moves: Moves, *, job: int, worker: int, count: int, odd: Odd | None = None) -> list[Row]:
    """Give up to `count` ready tasks to a worker: (idx, token, number of the attempt to come), by index.

    `odd`: only those with so much grown memory (None: not grown) that run alone, or do not; without it any.
    """
    values = {"job": job, "worker": worker, "count": count}
    if odd is None and count == 1:
        rows = [
            row
            for (idx,) in db.run("next_ready_task", {"job": job, "count": 1})
            for row in db.run("claim_task", {"job": job, "worker": worker, "idx": idx})
        ]
    elif odd is None:
        rows = db.run("claim_tasks", values)
    elif odd == PLAIN:
        rows = db.run("claim_plain_tasks", values)
    else:
        rows = db.run("claim_odd_tasks", {**values, "mem": odd[0], "alone": odd[1]})
    if rows:
        moves.add(job, READY, CLAIMED, len(rows))
    return sorted((idx, token, tries + 1) for idx, token, tries in rows)


def claim_each(db: Database, moves: Moves, *, jobs: Iterable[int], worker: int) -> list[Row]:
    """Give the tasks of single jobs to a worker, where they are ready: (job, idx, token, number of the attempt)."""
    rows = db.run_many("claim_single", [(worker, job) for job in jobs])
    for job, _, _, _ in rows:
        moves.add(job, READY, CLAIMED)
    return [(job, idx, token, tries + 1) for job, idx, token, tries in rows]


def start(db: Database, moves: Moves, starts: Sequence[Row], *, worker: int) -> set[Key]:
    """Record that attempts were started: (job, idx, token, when, output, error). The claims that were accepted."""
    more = {(job, idx, token): rest for job, idx, token, *rest in starts}
    rows = db.run_many("start_task", [(*key, worker) for key in more])
    db.run_many(
        "add_attempt", [(job, idx, token, tries, worker, *more[job, idx, token]) for job, idx, token, tries in rows]
    )
    moves.add_each(CLAIMED, [(row[0], RUNNING) for row in rows])
    return {row[:3] for row in rows}


def finish(
    db: Database,
    moves: Moves,
    ends: Iterable[End],
    *,
    worker: int,
    now: float,
    running: Container[Key] = (),
    largest: int = 2**60,
) -> set[Key]:
    """Record how attempts ended, each once; those whose start was not reported, begun and over at once.

    `running`: claims whose start seems to be in the store. It says which way is tried first; the store decides.
    `now`: seconds since 1970, from which retries are put off. `largest`: bytes that any worker has: a retry's memory
    grows no further. The claims that were accepted; the others were not theirs any more.
    """
    plain: Ends = {}
    for end in ends:
        plain.setdefault(end.key, end)  # said twice in one report: counted once
    tried_again = _tried_again(db, {end.job for end in plain.values() if end.code and end.outcome == EXITED})
    badly = [end for end in plain.values() if end.outcome != EXITED or (end.code and end.job in tried_again)]
    for end in badly:
        del plain[end.key]
    accepted = _finish_plainly(db, moves, plain, worker=worker, running=running)
    start(db, moves, [(*end.key, end.started, end.out, end.err) for end in badly], worker=worker)
    for end in badly:
        accepted |= _finish_badly(db, moves, end, worker=worker, now=now, largest=largest)
    return accepted


def close(db: Database, moves: Moves, end: End, *, worker: int) -> bool:
    """An end that is final whatever its job's policy, of a claim that nobody saw start: whether it was taken."""
    return bool(_finish_short(db, moves, {end.key: end}, worker))


def _tried_again(db: Database, jobs: Iterable[int]) -> set[int]:
    """Those of some jobs whose failed tasks are tried again."""
    return {job for job in jobs if db.run("retry_of", {"id": job})[0][0] is not None}


def _finish_plainly(db: Database, moves: Moves, ends: Ends, *, worker: int, running: Container[Key]) -> set[Key]:
    """Ends that need no look at the task's history: the likely way first, and where that is refused the other one."""
    begun = {key: end for key, end in ends.items() if key in running}
    short = _without(ends, begun)
    accepted = _finish_short(db, moves, short, worker)
    accepted |= _finish_begun(db, moves, {**begun, **_without(short, accepted)}, worker)
    return accepted | _finish_short(db, moves, _without(begun, accepted), worker)


def _without(ends: Ends, keys: Container[Key]) -> Ends:
    return {key: end for key, end in ends.items() if key not in keys}


def _finish_short(db: Database, moves: Moves, ends: Ends, worker: int) -> set[Key]:
    """Ends of tasks that the store has as claimed: one move, and an attempt that has its end already."""
    if not ends:
        return set()
    runs_of, lone = [], []
    for state, job, token, first, last in _alike(ends):
        if first == last:  # by its key, which is ten times as quick as by a range
            lone.append((state, worker, job, token, first))
        else:
            runs_of.append((state, worker, job, token, first, last))
    rows = [*db.run_many("finish_short", lone), *db.run_many("finish_claimed", runs_of)]
    moves.add_each(CLAIMED, [(job, state) for job, _, _, _, state in rows])
    tries = {(job, idx, token): number for job, idx, token, number, _ in rows}
    db.run_many("add_ended_attempt", [(number, worker, *ends[key]) for key, number in tries.items()])
    return set(tries)


def _alike(ends: Ends) -> Iterator[tuple[str, int, int, int, int]]:
    """Neighbours that ended alike: (state, job, token, first index, last index). One statement for each is cheap."""
    by_kind: dict[tuple[str, int, int], list[int]] = defaultdict(list)
    for (job, idx, token), end in ends.items():
        by_kind[_state_after(CLAIMED, end), job, token].append(idx)
    for kind, indices in by_kind.items():
        for first, last in runs(sorted(indices)):
            yield (*kind, first, last)


def _finish_begun(db: Database, moves: Moves, ends: Ends, worker: int) -> set[Key]:
    """Ends of tasks whose start is in the store."""
    rows = db.run_many("finish_task", [(_state_after(RUNNING, end), *key, worker) for key, end in ends.items()])
    accepted = [ends[key] for key in rows]
    moves.add_each(RUNNING, [(end.job, _state_after(RUNNING, end)) for end in accepted])
    _end_attempts(db, accepted)
    return set(rows)


def _state_after(state: str, end: End) -> str:
    return MOVES[state, "succeed" if end.code == 0 else "fail"]


def _finish_badly(db: Database, moves: Moves, end: End, *, worker: int, now: float, largest: int) -> set[Key]:
    """An end whose next move depends on the task's history."""
    named = {"job": end.job, "idx": end.idx, "token": end.token, "worker": worker}
    for row in db.dicts("task_standing", named):
        lost = end.outcome == LOST
        policy = policy_from(None if row["retry"] is None else json.loads(row["retry"]))
        found = judge(
            end.outcome,
            end.code,
            policy=policy,
            fails=row["fails"],
            crashes=row["crashes"] + lost,
            requeue=bool(row["requeue"]),
            cancelled=bool(row["cancel"]),
        )
        state = after(RUNNING, found.move)
        put_off = now + found.delay if found.move == "put off" else None
        mem, time = row["mem"], row["time"]
        if found.grow == "mem" and row["job_mem"]:
            mem = int(min((mem or row["job_mem"]) * policy.mem_factor, max(largest, row["job_mem"])))
        if found.grow == "time" and row["job_time"]:
            time = min((time or row["job_time"]) * policy.time_factor, _LONGEST)
        if db.run("finish_badly", (state, int(lost), int(found.counts), put_off, mem, time, *end.key, worker)):
            moves.add(end.job, RUNNING, state)
            _end_attempts(db, [end])
            return {end.key}
    return set()


def _end_attempts(db: Database, ends: Sequence[End]) -> None:
    db.run_many(
        "end_attempt",
        [
            (end.ended, end.outcome, end.code, end.max_rss, end.cpu_time, end.out, end.err, end.reason, *end.key)
            for end in ends
        ],
    )


def release(db: Database, moves: Moves, keys: Iterable[Key], *, worker: int) -> set[Key]:
    """Claimed tasks come back unstarted: ready again, or cancelled where that was asked."""
    keys = list(keys)
    tokens = {(job, idx): token for job, idx, token in keys}
    rows = db.run_many("release_task", [(*key, worker) for key in keys])
    moves.add_each(CLAIMED, [(job, state) for job, _, state in rows])
    return {(job, idx, tokens[job, idx]) for job, idx, _ in rows}


def held(db: Database, *, worker: int) -> list[Row]:
    """What the store says a worker has, as (job, idx, token, state)."""
    return [row[:4] for row in db.run("held_by_worker", {"worker": worker})]


def settle(db: Database, moves: Moves, *, worker: int, holds: set[Key]) -> tuple[list[Row], list[Row]]:
    """Compare what the store says a worker has with what it says itself, once all its ends are recorded.

    What it does not hold it never started (it writes that down before it starts anything), or, if the store saw it
    start, lost. Gives (what stays with it, what was recorded as lost), as (job, idx, token, state, cpus, mem, cancel,
    gpus, counters as JSON, whether it runs alone).
    """
    rows = db.run("held_by_worker", {"worker": worker})
    stays = [row for row in rows if row[:3] in holds]
    gone = [row for row in rows if row[:3] not in holds]
    release(db, moves, [row[:3] for row in gone if row[3] == CLAIMED], worker=worker)
    return stays, [row for row in gone if row[3] == RUNNING]
