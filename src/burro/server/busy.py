"""What attempts had of the cores of pools and allocations, added up as they end. Nothing is written for each."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator

from ..base.clock import now
from ..model.hour import Hour
from ..store import allocations, settings
from ..store.claims import End, Key
from ..store.db import Database
from .crew import WorkerEnd

_KEPT = "busy."  # settings begin so
_EVERY = 60.0  # seconds between two writes of an hour


class Busy:
    """The last hour of each pool. It is in the store, but for its last minute."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._hours: dict[str, Hour] = {}
        self._written: dict[str, float] = {}

    def hour(self, pool: str) -> Hour:
        """The last hour of a pool, of attempts that have ended."""
        if pool not in self._hours:
            text = settings.get(self._db, _KEPT + pool)
            kept = json.loads(text) if text else {}
            self._hours[pool] = Hour({int(minute): spent for minute, spent in kept.items()})
        return self._hours[pool]

    def note(self, end: WorkerEnd, ends: Iterable[End], accepted: Collection[Key]) -> None:
        """These attempts of a worker have ended. Within a turn, and before it drops its claims."""
        if not accepted:
            return
        hour, moment = self.hour(end.pool), now()
        spent = 0.0
        for one, cpus in self._with_cpus(end, ends, accepted):
            spent += hour.add(one.started, one.ended, cpus, now=moment)
        if end.allocation is not None and spent:
            allocations.spend(self._db, end.allocation, spent)
        if moment - self._written.get(end.pool, 0.0) >= _EVERY:
            self._written[end.pool] = moment
            hour.forget(now=moment)
            settings.put(self._db, _KEPT + end.pool, json.dumps(hour.minutes))

    def _with_cpus(self, end: WorkerEnd, ends: Iterable[End], accepted: Collection[Key]) -> Iterator[tuple[End, int]]:
        """What a worker says with its hello is of claims that are not known here yet."""
        known: dict[int, int] = {}
        held = end.held
        for one in ends:
            key = one[:3]
            if key not in accepted:
                continue
            needs = held.get(key)
            if needs is not None:
                yield one, needs.cpus
                continue
            if one.job not in known:
                known[one.job] = self._db.run("cpus_of_job", {"id": one.job})[0][0]
            yield one, known[one.job]
