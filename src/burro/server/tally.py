"""How far the tasks of some jobs are: counted again only where something moved."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from ..model.states import STATES
from ..store import tasks
from ..store.db import Database
from ..store.jobs import Span


class Tally:
    """Counts by state of the tasks of `spans`, together."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans: dict[int, list[Span]] = defaultdict(list)
        for span in spans:
            self._spans[span.job].append(span)
        self._stale = set(self._spans)
        self._by_job: dict[int, Counter[str]] = {}
        self._total: Counter[str] = Counter()

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
        for job in self._stale:
            fresh: Counter[str] = Counter()
            for span in self._spans[job]:
                fresh.update(tasks.count(db, span))
            self._total.subtract(self._by_job.get(job, ()))
            self._total.update(fresh)
            self._by_job[job] = fresh
        self._stale.clear()
        return {"tasks": self._total.total(), **{state: self._total[state] for state in STATES}}
