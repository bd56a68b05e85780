"""How a pool stands: in a word, and in a sentence where it takes no work."""

from __future__ import annotations

from ..model.pool import LOCAL
from .state import Server

UP, CONNECTING, DOWN, PAUSED, DRAINING, STOPPED = "up", "connecting", "down", "paused", "draining", "stopped"
EMPTY = "empty"  # of a pool whose workers come to us: none has come yet, or all went


def state(server: Server, pool: str) -> str:
    """The word for it."""
    if server.pools.is_stopped(pool):
        return STOPPED
    if server.pools.draining(pool):
        return DRAINING
    link = UP if server.crew.in_pool(pool) else _away(server, pool)
    is_paused = server.pools.is_paused(pool) or server.pools.number(pool, "cpus") == 0
    return PAUSED if link in (UP, EMPTY) and is_paused else link


def _away(server: Server, pool: str) -> str:
    """The word for one without a worker."""
    if server.pools.comes(pool):
        return EMPTY
    return CONNECTING if pool == LOCAL else server.reached(pool).state


def closed(server: Server, pool: str) -> str | None:
    """Why it takes no work, whatever that needs; None where it does."""
    if pool not in server.pools.names:
        return f"there is no pool {pool} any more; choose another with: burro set ID --pool any"
    if server.pools.is_stopped(pool):
        return f"the pool {pool} is stopped; start it with: burro pool start {pool}"
    if server.pools.draining(pool):
        return f"the pool {pool} is being drained and starts nothing more"
    if server.pools.is_paused(pool) or server.pools.number(pool, "cpus") == 0:
        return f"the pool {pool} is paused; let it go on with: burro pool resume {pool}"
    if server.crew.in_pool(pool):
        return None
    if pool == LOCAL:
        return "no worker is up yet"
    reached = server.reached(pool)
    if server.pools.comes(pool):
        return f"the pool {pool} has no worker yet{f': {reached.error}' if reached.error else ''}"
    why = f": {reached.error}" if reached.error else ""
    return f"the pool {pool} is down{why}" if reached.state == DOWN else f"the pool {pool} is being connected{why}"
