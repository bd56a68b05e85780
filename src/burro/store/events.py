"""Events: facts in the order they were committed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from .db import Database, Row

SLICE = 2000  # events that are looked at in one go


def add(db: Database, what: str, detail: str = "", *, job: int | None = None, now: float) -> None:
    """Note a fact in the same transaction as the change it is about."""
    db.run("add_event", (now, job, what, detail))


def add_each(db: Database, what: str, facts: Iterable[tuple[int, str]], *, now: float) -> None:
    """Note the same of several jobs: (job, detail) of each."""
    db.run_many("add_event", [(now, job, what, detail) for job, detail in facts])


def behind(
    db: Database, after: int, *, jobs: Sequence[int] | None = None, since: float | None = None
) -> tuple[list[Row], int | None]:
    """The next events behind number `after`, as (seq, at, job, what, detail), and where to go on; None at the end.

    `jobs`: only theirs. `since`: only later ones, in seconds since 1970.
    """
    ((seen, upto),) = db.run("slice_of_events", {"after": after, "slice": SLICE})
    if not seen:
        return [], None
    wanted = None if jobs is None else json.dumps(list(jobs))
    rows = db.run("events_since", {"after": after, "upto": upto, "since": since, "jobs": wanted})
    return rows, upto if seen == SLICE else None


def before_last(db: Database, count: int) -> int:
    """The number behind which the last `count` events are."""
    ((seq,),) = db.run("last_events", {"most": count})
    return seq or 0


def newest(db: Database) -> int:
    """The number of the newest event, 0 where there is none."""
    ((seq,),) = db.run("last_events", {"most": 1})
    return 0 if seq is None else seq + 1
