"""Claims and what follows from them. Every write names the token and worker it believes in; no row back: refused."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..model.retry import move_after
from ..model.states import CLAIMED, EXITED, LOST, READY, RUNNING, after
from .counts import Moves
from .db import Database, Row

Key = tuple[int, int, int]  # job, index, token: one claim


class End(NamedTuple):
    """How an attempt ended, as its worker reports it. Times in seconds since 1970, sizes in bytes."""

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
        return self.job, self.idx, self.token


def claim(db: Database, moves: Moves, *, job: int, worker: int, count: int) -> list[Row]:
    """Give up to `count` ready tasks to a worker: (idx, token, number of the attempt to come), by index."""
    rows = db.run("claim_tasks", {"job": job, "worker": worker, "count": count})
    if rows:
        moves.add(job, READY, CLAIMED, len(rows))
    return sorted((idx, token, tries + 1) for idx, token, tries in rows)


def start(db: Database, moves: Moves, starts: Sequence[Row], *, worker: int) -> set[Key]:
    """Record that attempts were started: (job, idx, token, when, output, error). The claims that were accepted."""
    more = {(job, idx, token): rest for job, idx, token, *rest in starts}
    rows = db.run_many("start_task", [(*key, worker) for key in more])
    db.run_many(
        "add_attempt", [(job, idx, token, tries, worker, *more[job, idx, token]) for job, idx, token, tries in rows]
    )
    for job, _, _, _ in rows:
        moves.add(job, CLAIMED, RUNNING)
    return {(job, idx, token) for job, idx, token, _ in rows}


def finish(db: Database, moves: Moves, ends: Iterable[End], *, worker: int) -> set[Key]:
    """Record how attempts ended, each once. The claims that were accepted; the others were not theirs any more."""
    plain: list[tuple[str, End]] = []
    accepted: set[Key] = set()
    first: dict[Key, End] = {}
    for end in ends:
        first.setdefault(end.key, end)  # said twice in one report: counted once
    for end in first.values():
        if end.outcome == EXITED:
            plain.append((after(RUNNING, "succeed" if end.code == 0 else "fail"), end))
        else:
            accepted |= _finish_badly(db, moves, end, worker)
    return accepted | _finish_plainly(db, moves, plain, worker)


def _finish_plainly(db: Database, moves: Moves, ends: Sequence[tuple[str, End]], worker: int) -> set[Key]:
    rows = db.run_many("finish_task", [(state, *end.key, worker) for state, end in ends])
    accepted: set[Key] = {(job, idx, token) for job, idx, token in rows}
    for state, end in ends:
        if end.key in accepted:
            moves.add(end.job, RUNNING, state)
    _end_attempts(db, [end for _, end in ends if end.key in accepted])
    return accepted


def _finish_badly(db: Database, moves: Moves, end: End, worker: int) -> set[Key]:
    """An end whose next move depends on the task's history."""
    standing = {"job": end.job, "idx": end.idx, "token": end.token, "worker": worker}
    for crashes, cancel, spec in db.run("task_standing", standing):
        lost = end.outcome == LOST
        move = move_after(
            end.outcome,
            end.code,
            crashes=crashes + lost,
            requeue=bool(json.loads(spec).get("requeue", True)),
            cancelled=bool(cancel),
        )
        state = after(RUNNING, move)
        if db.run("finish_badly", (state, int(lost), *end.key, worker)):
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
    for job, _, state in rows:
        moves.add(job, CLAIMED, state)
    return {(job, idx, tokens[job, idx]) for job, idx, _ in rows}


def settle(db: Database, moves: Moves, *, worker: int, holds: set[Key]) -> tuple[list[Row], list[Row]]:
    """Compare what the store says a worker has with what it says itself, once all its ends are recorded.

    What it does not hold it never started (it writes that down before it starts anything), or, if the store saw it
    start, lost. Gives (what stays with it, what was recorded as lost), as (job, idx, token, state, cpus, mem, cancel).
    """
    rows = db.run("held_by_worker", {"worker": worker})
    stays = [row for row in rows if row[:3] in holds]
    gone = [row for row in rows if row[:3] not in holds]
    release(db, moves, [row[:3] for row in gone if row[3] == CLAIMED], worker=worker)
    return stays, [row for row in gone if row[3] == RUNNING]
