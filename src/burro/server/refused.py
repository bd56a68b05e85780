"""What stands in the way of a pool's requests: told in one sentence, and after a refusal a growing pause."""

from __future__ import annotations

from collections.abc import Iterable

from ..base.clock import now, steady
from .state import Server

_PAUSES = (30.0, 60.0, 120.0, 300.0, 600.0)  # seconds after the first, second, ... refusal


class Refused:
    """`every`: seconds between questions; where somebody asks oftener, pauses are shorter too."""

    def __init__(self, server: Server, every: float) -> None:
        self._server, self._every = server, every
        self._pools: dict[str, tuple[int, float]] = {}  # pool -> how often, and the steady time to try again

    def __contains__(self, pool: str) -> bool:
        return self._pools.get(pool, (0, 0.0))[1] > 0

    def rests(self, pool: str) -> bool:
        """Whether it is too early to ask again."""
        return steady() < self._pools.get(pool, (0, 0.0))[1]

    def refuse(self, pool: str, why: str) -> None:
        """A pool's request is of no use now."""
        times = self._pools.get(pool, (0, 0.0))[0]
        pause = min(_PAUSES[min(times, len(_PAUSES) - 1)], 2 * self._every * (times + 1))
        self._pools[pool] = (times + 1, steady() + pause)
        self.tell({pool}, why)

    def accept(self, pool: str) -> None:
        """A request was taken. What is refused next, before a worker came, is refused for longer."""
        if pool in self._pools:
            self._pools[pool] = (self._pools[pool][0], 0.0)
        self.tell({pool}, None)

    def came(self, pools: Iterable[str]) -> None:
        """Workers came of what was taken; what was refused since stays so."""
        for pool in pools:
            if pool not in self:
                self._pools.pop(pool, None)

    def forget(self) -> None:
        """Pools may be set otherwise now: ask again at once."""
        self._pools.clear()

    def tell(self, pools: Iterable[str], trouble: str | None) -> None:
        """What `burro pools` says of them; None: all is well."""
        for pool in pools:
            reached = self._server.reached(pool)
            if trouble is None or reached.error != trouble:
                reached.error, reached.since = trouble, None if trouble is None else now()
