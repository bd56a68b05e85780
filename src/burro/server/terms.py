"""What a worker that comes to us is told with its welcome: how long it may go on without us."""

from __future__ import annotations

from ..base.clock import steady
from ..link.lines import Message
from ..model.lease import looser
from . import ahead, left_out
from .crew import WorkerEnd
from .state import Server

LEASE = 120.0  # seconds, where the pool does not say
BEFORE = 30.0  # seconds by which a worker's lease ends before ours: it has to stop its tasks meanwhile


def lease_of(server: Server, pool: str) -> float | None:
    """The lease of a pool's workers, as it is set now; None: it does not end."""
    said = server.pools.value(pool, "lease")
    return LEASE if said is None else float(str(said)) or None


def believed(server: Server, pool: str) -> float | None:
    """The lease that its workers may still believe in."""
    facts = server.pools.facts(pool)
    return facts["lease"] if "lease" in facts else lease_of(server, pool)


def welcome(server: Server, end: WorkerEnd, hello: Message) -> Message:
    """Its lease, counted from the moment that its hello names. Within a turn.

    Until all workers of the pool are known to have heard of another lease, the one that ends later is believed in.
    """
    left_out.came(server, end)
    lease = lease_of(server, end.pool)
    later = looser(believed(server, end.pool), lease)
    if server.pools.facts(end.pool).get("lease", 0) != later:
        server.pools.note(end.pool, {"lease": later})
    server.heard[end.name], end.lease = steady(), lease
    keep = {"keep": None} if ahead.limit(server, end.pool, named=True) else {}
    return {"lease": lease and lease - min(BEFORE, lease / 2), "beat": hello.get("beat"), **keep}
