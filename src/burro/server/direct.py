"""Pools whose tasks are a scheduler's own jobs: a desk for each, and somebody who runs its errands."""

from __future__ import annotations

import asyncio
import os
import traceback
from collections.abc import Awaitable

from ..base.paths import make_private_dir
from ..store import handed
from .clients import Clients
from .desk import Desk
from .errands import Errands
from .grow import EVERY
from .slipbox import SlipBox
from .state import Also, Server
from .steps import Steps

_LEAST = 0.2  # seconds between two rounds
_AFTER_DEFECT = 60.0  # seconds


class Direct:
    """`also` does a step within the next turn."""

    def __init__(self, server: Server, also: Also) -> None:
        self._server, self._steps = server, Steps(server, also)
        self._every = float(os.environ.get("BURRO_SCHEDULER_EVERY") or EVERY)
        self._box = SlipBox(os.path.join(server.queue, "direct"))
        self._clients = Clients(server, self._box.directory)
        self._rounds: dict[str, tuple[Desk, asyncio.Event, asyncio.Task[None]]] = {}
        self._version = -1

    def wake(self) -> None:
        """A turn is over: pools may be set otherwise."""
        if self._version == self._server.pools.version:
            return
        self._version = self._server.pools.version
        pools = self._server.pools
        ours = {*filter(pools.is_direct, pools.names), *handed.pools(self._server.db)}
        for pool in ours - set(self._rounds):
            self._open(pool)
        for _, changed, _ in self._rounds.values():
            changed.set()

    async def while_(self, other: Awaitable[None]) -> None:
        """Run errands until something else is over."""
        self.wake()
        await other
        for _, _, task in self._rounds.values():
            task.cancel()

    def _open(self, pool: str) -> None:
        make_private_dir(self._box.directory)
        changed = asyncio.Event()
        desk = Desk(self._server, pool, changed.set)
        errands = Errands(
            self._server, desk, lambda: self._clients.of(pool), steps=self._steps, box=self._box, every=self._every
        )
        task = asyncio.get_running_loop().create_task(self._run(desk, errands, changed))
        self._rounds[pool] = (desk, changed, task)

    async def _run(self, desk: Desk, errands: Errands, changed: asyncio.Event) -> None:
        while True:
            changed.clear()
            try:
                seconds = await errands.tick()
            except TimeoutError:  # the store did not take a step
                desk.close()
                seconds = self._every
            except Exception:  # noqa: BLE001  # a defect: said, and tried again
                self._server.log.say(f"defect in the errands of {desk.pool}: {traceback.format_exc()}")
                desk.close()
                seconds = _AFTER_DEFECT
            await asyncio.sleep(_LEAST)
            try:
                async with asyncio.timeout(seconds):
                    await changed.wait()
            except TimeoutError:
                continue
