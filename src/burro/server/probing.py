"""A short allocation whose node tries which ways lead to us: `burro doctor --pool P`."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace

from ..base.errors import BurroError
from ..link.lines import Message
from ..model.pool import grows
from .asking import new_mark, request
from .clients import Clients
from .crew import Peer
from .state import Server

_TIME = 300.0  # seconds of walltime


class Probing:
    """Asks for one, or takes it back; the answer waits for the scheduler's."""

    def __init__(self, server: Server, clients: Clients) -> None:
        self._server, self._clients = server, clients
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, peer: Peer, pool: str, message: Message) -> None:
        """Answer somebody once the scheduler has."""
        task = asyncio.get_running_loop().create_task(self._answer(peer, pool, message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, peer: Peer, pool: str, message: Message) -> None:
        try:
            answer = await self._act(pool, message)
        except (BurroError, OSError) as error:
            answer = {"error": str(error), "code": 1}
        peer.send({"pool": pool, **answer})

    async def _act(self, pool: str, message: Message) -> Message:
        client = self._clients.of(pool)
        if message.get("id") is not None:
            await client.ask(client.scheduler.cancel([str(message["id"])]))
            return {"text": "taken back"}
        if not grows(self._server.pools.values(pool)):
            return {"text": "its workers are started by people", "id": None, "result": None}
        mark = new_mark(pool)
        wanted = request(self._server, pool, mark)
        result = os.path.join(os.path.dirname(wanted.log), f"{mark}.tried")
        at = wanted.command.index("join")
        command = (*wanted.command[:at], "try", self._server.queue, result)
        time = _TIME if wanted.time is None else min(_TIME, wanted.time)
        number = await client.ask(
            client.scheduler.submit(replace(wanted, command=command, time=time, nodes=1, after=""))
        )
        return {"text": f"allocation {number} was asked for", "id": number, "result": result}
