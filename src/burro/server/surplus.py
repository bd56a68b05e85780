"""Requests for allocations that nobody has needed for a while."""

from __future__ import annotations

from ..base.clock import steady
from ..store import allocations
from ..store.jobs import Columns
from .asking import Nodes, is_open
from .demand import demand
from .state import Server


class Surplus:
    """Remembers since when there are too many. `after`: seconds of that from which they are to be taken back."""

    def __init__(self, server: Server, nodes: Nodes, *, after: float) -> None:
        self._server, self._nodes, self._after = server, nodes, after
        self._since: dict[str, float] = {}  # pool -> steady time

    async def rows(self) -> list[Columns]:
        """Those to be taken back now, the newest of each pool."""
        server, surplus = self._server, []
        rows = [row for row in allocations.live(server.db) if row["stage"] != allocations.ENDING]
        for pool in {row["pool"] for row in rows}:
            ours = [row for row in rows if row["pool"] == pool]
            waiting = [row for row in ours if row["stage"] == allocations.WAITING]
            wanted, least = 0, 0
            if is_open(server, pool):
                wanted = await demand(server, pool, self._nodes) if waiting else 0
                least = server.pools.number(pool, "min") or 0
            coming = sum(not row["came"] for row in ours)
            count = min(len(waiting), coming - wanted, len(ours) - least)
            if count <= 0:
                self._since.pop(pool, None)
            elif steady() - self._since.setdefault(pool, steady()) >= self._after:
                surplus += waiting[-count:]
        return surplus
