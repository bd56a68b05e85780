"""How far the tasks of some jobs are: counted again only where something moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ..model.states import STATES
from ..store import tasks
from ..store.db import Database
from ..store.jobs import Span

_NONE = (0,) * len(STATES)


class Tally:
    """Counts by state of the tasks of `spans`, together."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans: dict[int, list[Span]] = defaultdict(list)
        for span in spans:
            self._spans[span.job].append(span)
        self._parts = {job for job, found in self._spans.items() if len(found) > 1 or not found[0].whole}
        self._stale = set(self._spans)
        self._by_job: dict[int, tuple[int, ...]] = {}  # in the order of the states
        self._total = list(_NONE)

    @property
    def jobs(self) -> Iterable[int]:
        """The jobs that are counted."""
        return self._spans.keys()

    def note(self, changed: set[int]) -> bool:
        """Tasks of these jobs moved; whether any of them is counted here."""
        mine = changed & self._spans.keys()
        self._stale |= mine
        return bool(mine)

    def count(self, db: Database) -> dict[str, int]:
        """`tasks`, and how many of them are in each state."""
        fresh = tasks.count_jobs(db, [job for job in self._stale if job not in self._parts])
        fresh.update({job: self._count(db, job) for job in self._stale & self._parts})
        for job, counts in fresh.items():
            old = self._by_job.get(job, _NONE)
            self._total = [total + new - before for total, new, before in zip(self._total, counts, old, strict=True)]
        self._by_job.update(fresh)
        self._stale.clear()
        return {"tasks": sum(self._total), **dict(zip(STATES, self._total, strict=True))}

    def _count(self, db: Database, job: int) -> tuple[int, ...]:
        counts = [tasks.count(db, span).values() for span in self._spans[job]]
        return tuple(map(sum, zip(*counts, strict=True)))
