"""How a pool stands: in a word, and in a sentence where it takes no work."""

from __future__ import annotations

from ..base.text import counted, format_size
from ..model.pool import LOCAL, grows
from . import allocations
from .state import Server

UP, CONNECTING, DOWN, PAUSED, DRAINING, STOPPED = "up", "connecting", "down", "paused", "draining", "stopped"
EMPTY = "empty"  # of a pool whose workers come to us: none has come yet, or all went


def state(server: Server, pool: str) -> str:
    """The word for it."""
    if server.pools.is_stopped(pool):
        return STOPPED
    if server.pools.draining(pool):
        return DRAINING
    link = _link(server, pool)
    is_paused = server.pools.is_paused(pool) or server.pools.number(pool, "cpus") == 0
    return PAUSED if link in (UP, EMPTY) and is_paused else link


def _link(server: Server, pool: str) -> str:
    """The word for it where nobody wants it to rest."""
    if server.crew.in_pool(pool):
        shut = server.pools.shut.get(pool)
        return UP if shut is None else DOWN if shut else CONNECTING
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
    link, error = _link(server, pool), server.reached(pool).error
    if link == UP:
        return None
    if pool == LOCAL:
        return "no worker is up yet"
    if link == EMPTY:
        error = error or allocations.summary(server, pool) or _what_is_missing(server, pool)
    why = f": {error}" if error else ""
    if link == EMPTY:
        return f"the pool {pool} has no worker yet{why}"
    return f"the pool {pool} is down{why}" if link == DOWN else f"the pool {pool} is being connected{why}"


def _what_is_missing(server: Server, pool: str) -> str:
    """What has to be done before a worker comes; empty where nothing is in the way."""
    if not grows(server.pools.values(pool)):
        return f"start one where it is to run, with: burro worker start --pool {pool}"
    if server.pools.number(pool, "workers") == 0:
        return f"none is asked for, let it with: burro pool set {pool} --workers N"
    return ""


def has(server: Server, pool: str) -> str:
    """What its workers have, in words."""
    ends, facts = server.crew.in_pool(pool), server.pools.facts(pool)
    gpus = sum(len(end.gpus) for end in ends)
    parts = [
        f"{sum(end.cpus or end.found for end in ends)} cpus",
        format_size(sum(end.mem for end in ends)),
        *([counted(gpus, "gpu")] if gpus else []),
        *([f"python {facts['python']}"] if facts.get("python") else []),
    ]
    return ", ".join(parts)


def are_running(count: int) -> str:
    """`1 task runs`, `2 tasks run`."""
    return "1 task runs" if count == 1 else f"{count} tasks run"
