"""How long the allocations of a pool last: as is set, else as its workers have said."""

from __future__ import annotations

from ..base.clock import now
from .crew import WorkerEnd
from .state import Server

_FACT = "walltime"  # seconds, and the options that gave them


def of(server: Server, pool: str) -> float | None:
    """Seconds; None where nobody knows."""
    said = server.pools.value(pool, "time")
    if said is not None:
        return float(str(said))
    seconds, options = server.pools.facts(pool).get(_FACT) or (None, None)
    return float(seconds) if seconds and options == _options(server, pool) else None


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
