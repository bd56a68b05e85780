"""What people do to tasks: cancel, hold, release; and how they read them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from ..model.states import CANCELLED, FINAL, HELD, MOVES, READY, STATES, WAITING
from . import dependencies, ripening
from .claims import Key
from .counts import Moves
from .db import Database, Row
from .jobs import Columns, Span


@dataclass(frozen=True)
class Acted:
    """What an act did to tasks of a span: how many changed, are being stopped, were final, or stay as they are."""

    span: Span
    changed: int = 0
    asked: int = 0
    final: int = 0
    other: int = 0
    keys: list[tuple[int, Key]] = field(default_factory=list)  # worker, claim: whom to tell


def cancel(db: Database, moves: Moves, span: Span) -> Acted:
    """Cancel what nobody has started at once, and ask for the end of what a worker has."""
    counts = count(db, span)
    changed = 0
    for state in (HELD, WAITING, READY):
        if counts[state]:
            db.run("cancel_unstarted", {**span.bounds, "state": state})
            moves.add(span.job, state, CANCELLED, counts[state])
            changed += counts[state]
    asked = db.run("ask_cancel", span.bounds)
    keys = [(worker, (span.job, idx, token)) for idx, token, worker in asked]
    final = sum(counts[state] for state in FINAL)
    return Acted(span, changed, len(asked), final, sum(counts.values()) - changed - len(asked) - final, keys)


def hold(db: Database, moves: Moves, span: Span) -> Acted:
    """Keep what is ready or waiting from being started."""
    return _shift(db, moves, span, move="hold", befores=(READY, WAITING))


def release(db: Database, moves: Moves, span: Span, *, now: float) -> Acted:
    """Let held tasks go on: to be ready, or to wait for what their job depends on."""
    ((open_, pairs, begin, _),) = db.run("standing_of_job", {"id": span.job})
    waits = bool(open_ or pairs or begin > now)
    acted = _shift(db, moves, span, move="wait" if waits else "release", befores=(HELD,))
    if waits and acted.changed:
        ripening.ripen(db, moves, span, now=now)
    return acted


def free(db: Database, moves: Moves, span: Span) -> Acted:
    """Held tasks are ready, whatever their job waits for."""
    return _shift(db, moves, span, move="release", befores=(HELD,))


def retry(db: Database, moves: Moves, span: Span, *, states: Collection[str], now: float) -> Acted:
    """Ask for tasks again that ended in one of `states` without being done; their attempts are kept."""
    acted = _shift(db, moves, span, move="retry", befores=states, statement="retry_tasks")
    moves.write(db, now=now)
    if acted.changed:
        dependencies.look(db, moves, span.job, now=now)
    return acted


def _shift(
    db: Database, moves: Moves, span: Span, *, move: str, befores: Collection[str], statement: str = "shift_state"
) -> Acted:
    counts = count(db, span)
    changed = 0
    for before in befores:
        if counts[before]:
            state = MOVES[before, move]
            db.run(statement, {**span.bounds, "before": before, "after": state})
            moves.add(span.job, before, state, counts[before])
            changed += counts[before]
    final = sum(counts[state] for state in FINAL if state not in befores)
    return Acted(span, changed, 0, final, sum(counts.values()) - changed - final)


def count(db: Database, span: Span) -> dict[str, int]:
    """How many tasks of a span are in each state."""
    if span.whole:
        return dict(zip(STATES, db.run("job_counts", {"id": span.job})[0], strict=True))
    return {state: db.run("count_state", {**span.bounds, "state": state})[0][0] for state in STATES}


def count_jobs(db: Database, jobs: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """How many tasks of each of these jobs are in each state, in the order of the states."""
    return {job: tuple(counts) for job, *counts in db.run_many("counts_of_job", [(job,) for job in jobs])}


def ran(db: Database, job: int, idx: int, *, now: float) -> float:
    """Seconds that the attempts at a task have run, without what lies between them."""
    ((seconds,),) = db.run("time_of_attempts", {"job": job, "idx": idx, "now": now})
    return max(0.0, seconds or 0.0)


def read(db: Database, span: Span, *, most: int = -1) -> tuple[list[Columns], dict[int, list[Columns]]]:
    """Tasks of a span, and the attempts at them by index, oldest first."""
    tasks = db.dicts("tasks_of", {**span.bounds, "most": most})
    bounds = {**span.bounds, "last": tasks[-1]["idx"]} if tasks and most >= 0 else span.bounds
    attempts: dict[int, list[Columns]] = {}
    for attempt in db.dicts("attempts_of", bounds):
        attempts.setdefault(attempt["idx"], []).append(attempt)
    return tasks, attempts


def said_of_attempts(db: Database, span: Span) -> list[Columns]:
    """What schedulers said of attempts at tasks of a span; nothing of those that no scheduler knows."""
    return db.dicts("said_of_attempts", span.bounds)


def unsound(db: Database) -> list[str]:
    """Every invariant of the store that does not hold; the list is empty, ever."""
    found: list[str] = []
    for name in ("check_counts", "check_attempts", "check_open_attempts"):
        rows: list[Row] = db.run(name)
        found.extend(f"{name}: {row}" for row in rows)
    return found
