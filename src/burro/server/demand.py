"""What waits for the workers of a pool, and how many allocations that can use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import inf
from typing import TYPE_CHECKING

from ..model.growth import WORTH, Work, nodes_for
from ..model.job import Needs
from ..model.pool import ANY
from . import unseen, walltimes
from .state import Server

if TYPE_CHECKING:
    from .asking import Nodes

_LINE = 1000  # jobs of the line that are looked at


async def demand(server: Server, pool: str, nodes: Nodes) -> int:
    """How many allocations the tasks could use that are ready and not with any worker."""
    ready = list(waiting(server, pool))
    if not ready:
        return 0
    size = server.pools.number(pool, "nodes") or 1
    most = size * max(server.pools.number(pool, name) or 1 for name in ("workers", "min"))
    spell = min(WORTH, walltimes.of(server, pool) or inf)
    stays = [walltimes.stay(server, end).left for end in server.crew.in_pool(pool) if end.cpus > 0]
    room = await nodes.room(pool)
    return -(-nodes_for(ready, room, most=most, spell=spell, stays=stays) // size)


def waiting(server: Server, pool: str) -> Iterator[Work]:
    """What may go there, head of the line first. Counters of the pool bound it too, and the walltime."""
    whole, counters = walltimes.of(server, pool), server.pools.counters(pool)
    for row in server.db.run("jobs_in_line", {"most": _LINE}):
        job, cpus, mem, gpus, asked, ready, named, need, most, *_ = row
        if named not in (ANY, pool) or (whole and need and need > whole):
            continue
        if asked and any(number > counters.get(name, 0) for name, number in json.loads(asked).items()):
            continue
        count = ready if most is None else min(ready, most)
        if unseen.why(server, pool, job):
            continue
        yield Work(Needs(cpus, mem, gpus), count, need, server.pace.mean(job) or need)
