"""Waiting work becomes ready: when nothing is open that it depends on, and its time has come."""

from __future__ import annotations

from collections.abc import Iterable

from ..model.states import READY, WAITING
from .counts import Moves
from .db import Database
from .jobs import Span


def ripen(db: Database, moves: Moves, span: Span, *, now: float) -> int:
    """Make ready what waits for nothing any more; how many tasks that were."""
    ((open_, pairs, begin, single),) = db.run("standing_of_job", {"id": span.job})
    if open_ or begin > now:
        return 0
    if single and not pairs:
        return len(ripen_single(db, moves, [span.job], now=now))
    db.run("ripen_tasks", {**span.bounds, "pairs": pairs, "now": now})
    count = db.changed()
    if count:
        moves.add(span.job, WAITING, READY, count)
    return count


def ripen_single(db: Database, moves: Moves, jobs: Iterable[int], *, now: float) -> list[int]:
    """Make the tasks of single jobs ready whose own conditions are met; those that were moved."""
    moved = [job for (job,) in db.run_many("ripen_task", [(job, now) for job in jobs])]
    for job in moved:
        moves.add(job, WAITING, READY)
    return moved


def ripen_due(db: Database, moves: Moves, *, now: float) -> list[int]:
    """Look at every job whose time has come; those that were moved."""
    due = [job for (job,) in db.run("due_jobs", {"now": now})]
    return [job for job in due if ripen(db, moves, Span(job), now=now)]


def next_date(db: Database, *, after: float) -> float | None:
    """The first start time or retry that is due after a moment (both seconds since 1970); None where there is none."""
    ((moment,),) = db.run("next_date", {"after": after})
    return None if moment is None else float(moment)
