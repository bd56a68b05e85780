"""How long the allocations of a pool last: as is set, else as its workers have said."""

from __future__ import annotations

from math import inf

from ..base.clock import now
from ..model.walltime import FOR_EVER, LAST, Stay
from .crew import WorkerEnd
from .state import Server

_FACT = "walltime"  # seconds that were left when a worker came, and the options that gave them
_BEFORE = 1.05  # times that: some of it was over before the worker came


def of(server: Server, pool: str) -> float | None:
    """Seconds; None where nobody knows, and where each task has its own."""
    if server.pools.is_direct(pool):
        return None
    said = server.pools.value(pool, "time")
    if said is not None:
        return float(str(said))
    seconds, options = server.pools.facts(pool).get(_FACT) or (None, None)
    return _BEFORE * seconds if seconds and options == _options(server, pool) else None


def stay(server: Server, end: WorkerEnd) -> Stay:
    """How long a worker stays."""
    if end.until is None:
        return FOR_EVER
    drain = server.pools.value(end.pool, "drain")
    return Stay(end.until - LAST - now(), of(server, end.pool) or inf, float(str(drain or 0)))


def learn(server: Server, end: WorkerEnd) -> None:
    """A worker has come that ends: no allocation of its pool is shorter. Within a turn."""
    if end.until is None or server.pools.value(end.pool, "time") is not None:
        return
    seconds = end.until - now()
    if seconds > (of(server, end.pool) or 0.0):
        server.pools.note(end.pool, {_FACT: [seconds, _options(server, end.pool)]})


def _options(server: Server, pool: str) -> list[str]:
    found = server.pools.value(pool, "options")
    return found if isinstance(found, list) else []
