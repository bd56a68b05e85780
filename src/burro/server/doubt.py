"""A pool where nothing can be started is passed over by tasks that may go elsewhere (docs/decisions/019).

Else it would be the one with room whenever work is handed out, and fail all there is.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..base.clock import now, steady
from ..model.pool import LOCAL
from ..store import events
from ..store.claims import End
from .crew import WorkerEnd
from .state import Server

MANY = 10  # jobs in a row none of which was started
_WITHIN = 60.0  # seconds
_FOR = 600.0  # seconds; then one more is enough


def trust(server: Server, pool: str) -> None:
    """A task was started there, or somebody says that all is well."""
    reached = server.reaches.get(pool)
    if reached is None or not reached.unstarted:
        return
    if reached.doubted:
        reached.error = None
    reached.unstarted, reached.doubted = {}, 0.0


def note_unstarted(server: Server, end: WorkerEnd, ends: Iterable[End]) -> bool:
    """These attempts ended before they began. Whether their pool is passed over from now on. Within a turn."""
    if end.pool == LOCAL or (server.pools.comes(end.pool) and len(server.crew.in_pool(end.pool)) > 1):
        return False  # of several nodes one is no pool: black_holes.py
    begins = False
    reached, moment = server.reached(end.pool), steady()
    for one in ends:
        reached.unstarted[one.job] = moment
        recent = [job for job, since in reached.unstarted.items() if since > moment - _WITHIN]
        if moment >= reached.doubted and (reached.doubted or len(recent) >= MANY):
            reached.doubted = moment + _FOR
            reached.since, reached.error = now(), f"no task could be started there, {MANY} jobs in a row: {one.reason}"
            events.add(server.db, "pool doubted", f"{end.pool}: {reached.error}", now=now())
            begins = True
    return begins


def doubted(server: Server) -> set[str]:
    """Pools that only get what names them, while there are others."""
    found = {pool for pool, reached in server.reaches.items() if reached.doubted > steady()}
    return found if any(end.cpus > 0 and end.places is None and end.pool not in found for end in server.crew) else set()
