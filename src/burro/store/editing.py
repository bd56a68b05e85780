"""Changing jobs that are in the queue: the job's row, and what its tasks have of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..model.states import READY, WAITING
from . import dependencies, ripening
from .claims import Key
from .counts import Moves
from .db import Database
from .dependencies import Edge
from .jobs import Span

Held = tuple[int, Key]  # worker, claim


def write(db: Database, row: Mapping[str, Any]) -> None:
    """Keep a job's changed row."""
    db.run("edit_job", {**row, "command": json.dumps(row["command"])})
    db.run("edit_spec", {"id": row["id"], "spec": json.dumps(row["spec"])})


def reset(db: Database, job: int, *, mem: bool, time: bool) -> None:
    """Let tasks that nobody has need what their job says, whatever they had grown to."""
    db.run("reset_tasks", {"job": job, "mem": mem, "time": time})


def limit(db: Database, span: Span, *, time: float | None) -> tuple[list[Held], int]:
    """Give tasks another time limit, in seconds: who has some of them, and how many are left to those that wait.

    Of a whole job only what workers have gets it here; the others have the job's.
    """
    name = "limit_held_tasks" if span.whole else "limit_tasks"
    rows = db.run(name, {"job": span.job, "time": time} if span.whole else {**span.bounds, "time": time})
    held = [(worker, (span.job, idx, token)) for idx, token, worker in rows if worker is not None]
    return held, len(rows) - len(held)


def limits(db: Database, worker: int) -> list[tuple[int, int, int, float | None]]:
    """The time limits that a worker may not have heard of: job, index, token, seconds."""
    return [(job, idx, token, time) for job, idx, token, time in db.run("limits_of_worker", {"worker": worker})]


def running(db: Database, span: Span) -> list[Held]:
    """Who runs what of a span."""
    return [(worker, (span.job, idx, token)) for idx, token, worker in db.run("running_tasks", span.bounds)]


def lines(db: Database, span: Span, command: str) -> int:
    """Another command for tasks of a job made from lines, where nobody has begun them; how many."""
    db.run("edit_lines", {**span.bounds, "command": json.dumps(command)})
    return db.changed()


def wait(db: Database, moves: Moves, job: int, edges: Sequence[Edge] | None, *, now: float) -> None:
    """A job's start time or its dependencies (None: as they are) were changed: decide anew what of it may start."""
    db.run("shift_state", {**Span(job).bounds, "before": READY, "after": WAITING})
    if db.changed():
        moves.add(job, READY, WAITING, db.changed())
    if edges is None:
        ripening.ripen(db, moves, Span(job), now=now)
    else:
        dependencies.add(db, moves, job, edges, now=now)
