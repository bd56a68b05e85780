"""A server in an allocation sees to it that another one follows: that waits in line as long as this one runs."""

from __future__ import annotations

import asyncio
import os

from ..base.errors import BurroError
from ..base.failpoint import hit
from ..pools.scheduler import NoWord
from ..store import settings
from . import own_allocation
from .state import DOWN, Server

_EVERY = 60.0  # seconds between looks; BURRO_SCHEDULER_EVERY says otherwise
_DOUBT = 90.0  # seconds after a request whose answer was lost
_LAST = 20.0  # seconds to take a request back when we leave for good


class Succession:
    """`id`: of the allocation that we are in."""

    def __init__(self, server: Server, id_: str) -> None:
        self._server, self._id = server, id_
        self._client = own_allocation.client_of(server.queue, dict(os.environ))
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """From now on."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        every = float(os.environ.get("BURRO_SCHEDULER_EVERY") or _EVERY)
        while True:
            try:
                await self._look()
            except NoWord as silence:
                self._server.log.say(f"no successor is certain: {silence}")
                await asyncio.sleep(_DOUBT if silence.sent else 0)
            except BurroError as no:
                self._server.log.say(f"no successor is asked for: {no}")
            await asyncio.sleep(every)

    async def _look(self) -> None:
        """Ask for one where none waits."""
        queue = self._server.queue
        found = await own_allocation.live(self._client, queue)
        if any(sight.id != self._id for sight in found) or not own_allocation.is_wanted(queue):
            return
        number = await self._client.ask(own_allocation.request(queue, after=self._id))
        hit("succession.after_asked")
        self._server.log.say(f"the next server waits in the scheduler's line: {number}")

    async def end(self) -> None:
        """We leave: for good where the queue is down, else the next one takes our place."""
        if self._task is not None:
            self._task.cancel()
        if settings.get(self._server.db, DOWN) is None:
            return
        own_allocation.unwant(self._server.queue)
        try:
            async with asyncio.timeout(_LAST):
                self._client.wake()
                found = await own_allocation.live(self._client, self._server.queue)
                await own_allocation.cancel(self._client, [sight for sight in found if sight.id != self._id])
        except (BurroError, TimeoutError) as error:
            self._server.log.say(f"the next server was not called off, and leaves by itself: {error}")
