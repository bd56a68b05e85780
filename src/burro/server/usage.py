"""Cores that were of use, of those that were held: of pools now and over the last hour, and of each allocation."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from ..base.clock import now
from ..link.lines import Message
from ..model.hour import HOUR, Hour
from ..store import allocations
from ..store.jobs import Columns
from .crew import Peer
from .state import Server

_LOOKED_AT = 100_000  # allocations


class Runs:
    """What runs at this moment: its cores and core-seconds, by pool and by allocation."""

    def __init__(self, server: Server) -> None:
        self._moment = now()
        self.cores: dict[str, int] = defaultdict(int)
        self._hours: dict[str, Hour] = {}
        self._spent: dict[str, float] = defaultdict(float)
        self._server = server
        for pool, mark, cpus, started in server.db.run("attempts_that_run"):
            self.cores[pool] += cpus
            self._hours.setdefault(pool, Hour({})).add(started, self._moment, cpus, now=self._moment)
            if mark is not None:
                self._spent[mark] += cpus * max(0.0, self._moment - started)

    def last_hour(self, pool: str) -> float:
        """Cores of a pool that were busy over the last hour, on average."""
        running = self._hours.get(pool, Hour({})).average(now=self._moment)
        return self._server.busy.hour(pool).average(now=self._moment) + running

    def of(self, row: Columns) -> dict[str, float | None]:
        """Core-hours of an allocation: those that it held so far, and those that tasks had. `utilisation`: the share.

        Where nobody has said how many cpus it has, both are null.
        """
        if row["started"] is None or row["cpus"] is None:
            return {"held": None, "used": None, "utilisation": None}
        held = row["cpus"] * max(0.0, (row["ended"] or self._moment) - row["started"]) + row["gone"]
        used = row["used"] + self._spent.get(row["mark"], 0.0)
        return {"held": held / HOUR, "used": used / HOUR, "utilisation": min(1.0, used / held) if held else None}


def show(server: Server, _peer: Peer, _message: Message) -> Message:
    """What each pool has had of its cores; of its allocations all that are remembered, which is a month."""
    runs = Runs(server)
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for row in allocations.listed(server.db, most=_LOOKED_AT):
        sums[row["pool"]].update({name: hours or 0.0 for name, hours in runs.of(row).items()})
    return {"pools": [_pool(server, pool, runs, sums[pool]) for pool in server.pools.names]}


def _pool(server: Server, pool: str, runs: Runs, hours: Mapping[str, float]) -> Message:
    comes = server.pools.comes(pool)
    held, used = hours.get("held", 0.0), hours.get("used", 0.0)
    return {
        "pool": pool,
        "cpus": sum(end.found for end in server.crew.in_pool(pool)),
        "busy": runs.cores.get(pool, 0),
        "busy_last_hour": runs.last_hour(pool),
        "held": held if comes else None,
        "used": used if comes else None,
        "utilisation": min(1.0, used / held) if comes and held else None,
    }
