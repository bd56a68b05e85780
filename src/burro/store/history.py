"""What was tried: attempts with their tasks and jobs, a slice at a time."""

from __future__ import annotations

import json

from .db import Database
from .jobs import Columns, Span
from .listing import Filter

SLICE = 500  # tasks that are looked at in one go
Place = tuple[int, int]  # a job and an index


def behind(db: Database, place: Place, *, span: Span | None, which: Filter) -> tuple[list[Columns], Place | None]:
    """The attempts at the next tasks behind `place`, oldest job first, and where to go on; None at the end.

    `span`: only its tasks. Tasks that ended without an attempt have a row with `number` None.
    """
    start = place if span is None else max(place, (span.job, span.first - 1))
    upto = 2**62 if span is None else span.job
    bounds = {"job": start[0], "idx": start[1], "upto": upto, "slice": SLICE}
    last = db.run("slice_of_tasks", bounds)
    if not last:
        return [], None
    wanted = which.wanted
    outcomes, states = (json.dumps(sorted(words)) for words in (wanted.outcomes, wanted.states))
    asked = {"any": wanted.everything, "outcomes": outcomes, "states": states, "name": which.name, "since": which.since}
    rows = db.dicts("history_of_tasks", {**bounds, **asked})
    ((job, idx, seen),) = last
    if span is not None:
        rows = [row for row in rows if row["idx"] <= span.last]
        seen = seen if idx < span.last else 0
    return [{**row, "command": json.loads(row["command"])} for row in rows], (job, idx) if seen == SLICE else None


def before_last(db: Database, count: int) -> Place:
    """The place behind which the last `count` tasks are that were begun or ended without."""
    rows = db.run("task_before_last", {"most": count})
    return (rows[0][0], rows[0][1]) if rows else (0, -1)
