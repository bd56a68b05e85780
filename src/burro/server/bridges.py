"""Workers whose nodes can be reached by ssh, and cannot connect to us: each asks for it by a file (link/reach.py)."""

from __future__ import annotations

import asyncio
import os
import shlex

from ..base.clock import now, steady
from ..base.errors import BurroError
from ..link.reach import MARK, Wish, wishes
from ..model.links import SSH
from ..pools.pipe import Pipe
from ..pools.ssh import MOST_NOISE, ssh_argv
from ..pools.troubles import in_words
from .links import links_of
from .state import Server
from .tether import SILENCE
from .visitor import Guest
from .wayout import Greet, Wayout

_LOOK_EVERY = 1.0  # seconds
_PAUSES = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)  # seconds after the first, second, ... time in vain


class Bridge:
    """One connection to one worker, from its ssh to its end."""

    def __init__(self, server: Server, wish: Wish, *, greet: Greet) -> None:
        self._server, self._wish, self._greet = server, wish, greet
        self._pipe = Pipe(heard=self._hear, ended=self._ended)
        self._begun = b""  # what its login says before the mark
        self.since = steady()
        self.guest: Guest | None = None
        self.is_over = False
        self._way = Wayout(self._flush)

    async def open(self) -> None:
        """Start ssh."""
        wish, values = self._wish, self._server.pools.values(self._wish.pool)
        try:
            argv = ssh_argv(wish.node, shlex.join(wish.command))
            login = values.get(SSH)
            argv[1:1] = [] if login is None else ["-J", str(login)]
            await self._pipe.start(argv, os.environ)
        except (BurroError, OSError) as error:
            self._fail(str(error))

    def drop(self) -> None:
        """Give it up."""
        self._pipe.kill()

    def _hear(self, chunk: bytes) -> None:
        if self.guest is not None:
            self.guest.data_received(chunk)
            return
        self._begun += chunk
        _, mark, rest = self._begun.partition(MARK)
        if mark:
            self.guest = self._greet(lambda _peer: None)
            self.guest.connection_made(self._way)
            self._server.reached(self._wish.pool).error = None
            if rest:
                self.guest.data_received(rest)
        elif len(self._begun) > MOST_NOISE:
            self.drop()

    def _flush(self) -> None:
        self._pipe.write(self._way.take())
        if self._way.is_closing():
            self.drop()

    def _ended(self, code: int, said: str) -> None:
        if self.guest is None:
            wish = self._wish
            self._fail(in_words(said, code, host=wish.node, pool=wish.pool, linked=False))
        else:
            self.is_over = True
            self.guest.connection_lost(None)

    def _fail(self, why: str) -> None:
        self.is_over = True
        reached = self._server.reached(self._wish.pool)
        reached.error, reached.since = f"{self._wish.node} cannot be reached by ssh: {why}", now()


class Bridges:
    """Keeps one to each worker that asks."""

    def __init__(self, server: Server, *, greet: Greet) -> None:
        self._server, self._greet = server, greet
        self._silence = float(os.environ.get("BURRO_LINK_TIMEOUT") or SILENCE)
        self._by_worker: dict[str, Bridge] = {}
        self._vain: dict[str, tuple[int, float]] = {}  # worker -> how often in vain, and the steady time to try again

    async def run(self) -> None:
        """Look for requests, from now on."""
        while True:
            try:
                asked = await asyncio.to_thread(wishes, self._server.queue)
            except OSError:
                asked = []
            self._tidy()
            for wish in asked:
                await self._meet(wish)
            await asyncio.sleep(_LOOK_EVERY)

    def close(self) -> None:
        """No process of ours stays."""
        for bridge in self._by_worker.values():
            bridge.drop()

    async def _meet(self, wish: Wish) -> None:
        times, after = self._vain.get(wish.worker, (0, 0.0))
        wanted = links_of(self._server.pools).get(wish.pool) == SSH
        if not wanted or wish.worker in self._by_worker or steady() < after:
            return
        self._vain[wish.worker] = (times + 1, steady() + _PAUSES[min(times, len(_PAUSES) - 1)])
        self._by_worker[wish.worker] = bridge = Bridge(self._server, wish, greet=self._greet)
        await bridge.open()

    def _tidy(self) -> None:
        """Those that are over go; one on which nothing is heard is given up."""
        for worker, bridge in list(self._by_worker.items()):
            if bridge.is_over:
                del self._by_worker[worker]
                continue
            heard = bridge.since if bridge.guest is None else bridge.guest.heard_at
            if bridge.guest is not None:
                self._vain.pop(worker, None)
            if steady() - heard > self._silence:
                bridge.drop()
