"""Workers in allocations that have had no work for long leave, and so give their nodes back."""

from __future__ import annotations

from collections.abc import Collection
from math import inf

from ..base.clock import steady
from . import walltimes
from .crew import WorkerEnd
from .demand import waiting
from .state import Server

IDLE = 300.0  # seconds that a worker stays without work; the pool's `idle` says otherwise


def idle_of(server: Server, pool: str) -> float:
    """The seconds that a pool's workers stay without work."""
    said = server.pools.value(pool, "idle")
    return IDLE if said is None else float(str(said))


class Idling:
    """Remembers since when each has had no work."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._since: dict[str, float] = {}  # worker -> steady time

    def send_away(self, pools: Collection[str]) -> float | None:
        """Those for whom it is time, of these pools or of one that is gone; in how many seconds it is for the next."""
        server = self._server
        ends = [end for end in server.crew if end.pool in pools or _is_left(server, end)]
        idle = [end for end in ends if not end.held]
        self._since = {end.name: self._since.get(end.name, steady()) for end in idle}
        due = []
        for end in idle:
            if server.pools.is_stopped(end.pool) or self._is_of_no_use(end):
                _send(end)
                continue
            if len(server.crew.in_pool(end.pool)) <= (server.pools.number(end.pool, "min") or 0):
                continue
            left = self._since[end.name] + idle_of(server, end.pool) - steady()
            if left > 0:
                due.append(left)
            else:
                _send(end)
        return min(due, default=None)

    def _is_of_no_use(self, end: WorkerEnd) -> bool:
        """Whether what is left of its walltime is too short for all that waits, or for all that may come."""
        stay = walltimes.stay(self._server, end)
        if not stay.fits(None) or stay.left == inf:
            return stay.left != inf
        works = [work for work in waiting(self._server, end.pool) if end.total.holds(work.needs)]
        return bool(works) and not any(stay.fits(work.need, work.takes) for work in works)


def _is_left(server: Server, end: WorkerEnd) -> bool:
    """Whether the pool is gone whose allocation it is in."""
    return end.allocation is not None and end.pool not in server.pools.names


def _send(end: WorkerEnd) -> None:
    end.cpus, end.leaves = 0, True  # nothing more is handed to it
    end.peer.send({"op": "leave", "kill": False})
