"""Requests for allocations that nobody has needed for a while, or that were made on terms which hold no more."""

from __future__ import annotations

import json

from ..base.clock import steady
from ..model.links import PREFIX
from ..store import allocations
from ..store.jobs import Columns
from .asking import Nodes, is_open
from .demand import demand
from .state import Server

_TERMS = (PREFIX, "nodes", "options", "time")


def terms_of(server: Server, pool: str) -> str:
    """What the scheduler decides by when to start an allocation of a pool, as it is set now."""
    values = server.pools.values(pool)
    return json.dumps([values.get(name) for name in _TERMS])


class Surplus:
    """Remembers since when there are too many. `after`: seconds of that from which they are to be taken back."""

    def __init__(self, server: Server, nodes: Nodes, *, after: float) -> None:
        self._server, self._nodes, self._after = server, nodes, after
        self._since: dict[str, float] = {}  # pool -> steady time

    async def rows(self) -> list[Columns]:
        """Those to be taken back now, the newest of each pool."""
        surplus: list[Columns] = []
        rows = [row for row in allocations.live(self._server.db) if row["stage"] != allocations.ENDING]
        for pool in {row["pool"] for row in rows}:
            ours = [row for row in rows if row["pool"] == pool]
            waiting = [row for row in ours if row["stage"] == allocations.WAITING]
            surplus += self._void(pool, waiting) or await self._needless(pool, ours, waiting)
        return surplus

    def _void(self, pool: str, waiting: list[Columns]) -> list[Columns]:
        """Of those that wait what is wrong by now: none is to come any more, or others are."""
        pools = self._server.pools
        if pools.is_stopped(pool) or pools.draining(pool):
            return waiting
        terms = terms_of(self._server, pool)
        return [row for row in waiting if row["terms"] != terms]

    async def _needless(self, pool: str, ours: list[Columns], waiting: list[Columns]) -> list[Columns]:
        """Of those that wait what nobody has needed for a while."""
        wanted, least = 0, 0
        if is_open(self._server, pool):
            wanted = await demand(self._server, pool, self._nodes) if waiting else 0
            least = self._server.pools.number(pool, "min") or 0
        coming = sum(not row["came"] for row in ours)
        count = min(len(waiting), coming - wanted, len(ours) - least)
        if count <= 0:
            self._since.pop(pool, None)
        elif steady() - self._since.setdefault(pool, steady()) >= self._after:
            return waiting[-count:]
        return []
