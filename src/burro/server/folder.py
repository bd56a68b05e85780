"""Workers that come by files of the queue's directory (link/spool.py), where their nodes cannot connect to us.

A directory on a network file system may hang, and it tells nobody of new files: it is looked at in a thread, often
while words come, seldom else. Connections that were begun with an earlier server are ended: their workers begin others.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass

from ..base.clock import steady
from ..link.lines import encode
from ..link.spool import DOWN, UP, Spool, connections
from ..link.way import OPEN
from .state import Server
from .tether import SILENCE
from .visitor import Guest
from .wayout import Greet, Wayout

_LOOKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)  # seconds to the next look, after so many in vain


@dataclass(eq=False)
class _Visit:
    """One connection."""

    spool: Spool
    guest: Guest
    way: Wayout
    gone: bool = False


class Folder:
    """`look` until cancelled."""

    def __init__(self, server: Server, *, greet: Greet) -> None:
        self._server, self._greet = server, greet
        self._silence = float(os.environ.get("BURRO_LINK_TIMEOUT") or SILENCE)
        self._visits: dict[str, _Visit] = {}
        self._woken = asyncio.Event()
        try:
            self._stale = connections(server.queue)
        except OSError:
            self._stale = []

    async def run(self) -> None:
        """Look, from now on."""
        stale, self._stale = self._stale, []
        for path in stale:
            await asyncio.to_thread(Spool(path, out=DOWN, into=UP).close)
        vain = 0
        while True:
            self._woken.clear()
            vain = 0 if await self._tick() else vain + 1
            await asyncio.sleep(_LOOKS[0])
            try:
                async with asyncio.timeout(_LOOKS[min(vain, len(_LOOKS) - 1)]):
                    await self._woken.wait()
            except TimeoutError:
                continue

    def close(self) -> None:
        """Nobody looks any more: those that came this way come again."""
        for visit in list(self._visits.values()):
            visit.spool.close()
            self._forget(visit)

    async def _tick(self) -> bool:
        """Whether anything was moved."""
        try:
            found = await asyncio.to_thread(connections, self._server.queue)
        except OSError:
            return False  # what is under way goes on once the directory is there again
        for path in found:
            if path not in self._visits:
                self._let_in(path)
        told = {visit: visit.way.take() for visit in self._visits.values()}
        moved = await asyncio.to_thread(_exchange, told)
        settled = [self._settle(visit, *one) for visit, one in moved.items()]
        return any(settled)

    def _let_in(self, path: str) -> None:
        guest, way = self._greet(lambda _peer: None), Wayout(self._woken.set)
        self._visits[path] = _Visit(Spool(path, out=DOWN, into=UP), guest, way)
        way.write(encode(OPEN))
        guest.connection_made(way)

    def _settle(self, visit: _Visit, heard: bytes, rest: bytes | None, told: bool) -> bool:  # noqa: FBT001  # of one tuple
        """What came of one look at one connection; whether anything was moved."""
        visit.way.put_back(rest or b"")
        if heard:
            visit.guest.data_received(heard)
        if steady() - visit.guest.heard_at > self._silence:
            visit.way.abort()  # its worker counts as away; if it lives it comes again
        if rest is None:
            self._forget(visit)
        elif visit.way.is_over:
            visit.gone = True  # with the next look: the last words are on their way
        return bool(heard) or told

    def _forget(self, visit: _Visit) -> None:
        self._visits = {path: one for path, one in self._visits.items() if one is not visit}
        visit.guest.connection_lost(None)


def _exchange(told: dict[_Visit, bytes]) -> dict[_Visit, tuple[bytes, bytes | None, bool]]:
    """Read and write all; for each what was heard, what is left to tell (None: it is over), whether any was told."""
    return {visit: _exchange_one(visit, text) for visit, text in told.items()}


def _exchange_one(visit: _Visit, text: bytes) -> tuple[bytes, bytes | None, bool]:
    heard = b""
    try:
        heard = visit.spool.take()
        rest = visit.spool.write(text)
    except OSError:
        return heard, None, False
    if visit.gone:
        visit.spool.close()
        return heard, None, False
    return heard, rest, len(rest) < len(text)
