"""Lists of jobs for people to look at: a filter, in slices, so that nobody else waits for the whole of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..model.states import STATES
from ..model.wanted import Wanted
from .db import Database
from .jobs import Columns

SLICE = 250  # jobs that are shown in one go
SOUGHT = 2000  # jobs that are looked at for these
COUNTED = 5000  # jobs that are only counted in one go


@dataclass(frozen=True)
class Filter:
    """Which jobs are wanted. `name`: a pattern with * ? []; `since`: those that were not over then (seconds)."""

    wanted: Wanted = field(default_factory=Wanted)
    name: str | None = None
    since: float | None = None

    @property
    def values(self) -> Columns:
        """As the statements want it."""
        states = {state: state in self.wanted.states for state in STATES}
        outcomes = json.dumps(sorted(self.wanted.outcomes))
        return {**states, "any": self.wanted.everything, "outcomes": outcomes, "name": self.name, "since": self.since}


@dataclass(frozen=True)
class Slice:
    """Jobs found, oldest first, how many, and where to go on; `after` is None at the end."""

    rows: list[Columns]
    count: int
    after: int | None


def look(db: Database, which: Filter, *, live: bool, after: int = 0) -> Slice:
    """Look at the next jobs behind number `after`, or at the next `live` ones."""
    bounds, following = _bounds(db, live=live, after=after, size=SOUGHT)
    asked = {**which.values, **bounds, "most": SLICE}
    rows = _decoded(db.dicts("listed_live_jobs" if live else "listed_jobs", asked))
    return Slice(rows, len(rows), rows[-1]["id"] if len(rows) == SLICE else following)


def count(db: Database, which: Filter, *, live: bool, after: int = 0) -> Slice:
    """As `look`, of more jobs and without their rows."""
    bounds, following = _bounds(db, live=live, after=after, size=COUNTED)
    ((found,),) = db.run("count_listed_live_jobs" if live else "count_listed_jobs", {**which.values, **bounds})
    return Slice([], found, following)


def _bounds(db: Database, *, live: bool, after: int, size: int) -> tuple[Columns, int | None]:
    ((seen, upto),) = db.run("slice_of_live_jobs" if live else "slice_of_jobs", {"after": after, "slice": size})
    return {"after": after, "upto": upto or after}, upto if seen == size else None


def chosen(db: Database, which: Filter, numbers: Sequence[int]) -> list[Columns]:
    """Those of some jobs that a filter lets through."""
    rows: list[Columns] = []
    for number in numbers:
        rows += db.dicts("listed_jobs", {**which.values, "after": number - 1, "upto": number, "most": 1})
    return _decoded(rows)


def edges(db: Database, *, most: int) -> tuple[list[int], int]:
    """The oldest and the newest live jobs, at most so many altogether, and how many live."""
    ((count,),) = db.run("count_live")
    first = [job for (job,) in db.run("first_live", {"most": most if count <= most else most // 2})]
    last = [job for (job,) in db.run("last_live", {"most": 0 if count <= most else most - most // 2})]
    return [*first, *reversed(last)], count


def recently_ended(db: Database, *, most: int) -> tuple[list[int], int]:
    """The jobs that ended last, and how many have ended altogether."""
    ((count,),) = db.run("count_ended")
    return [job for (job,) in db.run("recently_ended", {"most": most})], count


def _decoded(rows: list[Columns]) -> list[Columns]:
    return [{**columns, "command": json.loads(columns["command"])} for columns in rows]
