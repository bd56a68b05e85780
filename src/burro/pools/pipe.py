"""A process whose input and output are ours: what carries the messages to another machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

_TAIL = 4000  # bytes of standard error that are kept
_GRACE = 0.1  # seconds for the last bytes of a process that has ended: somebody else may hold its standard error

Heard = Callable[[bytes], None]
Ended = Callable[[int, str], None]  # exit code, the end of what it said on standard error


class Pipe(asyncio.SubprocessProtocol):
    """One process. `heard` gets what it writes; `ended` is told once when it is over."""

    def __init__(self, *, heard: Heard, ended: Ended) -> None:
        self._heard, self._ended = heard, ended
        self._transport: asyncio.SubprocessTransport | None = None
        self._tail = b""
        self._over = False

    async def start(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """Start it, in a session of its own: it can ask nobody anything. Raises OSError."""
        loop = asyncio.get_running_loop()
        await loop.subprocess_exec(lambda: self, *argv, start_new_session=True, env=dict(env))

    @property
    def said(self) -> str:
        """The end of what it said on standard error."""
        return self._tail.decode("utf-8", "replace")

    def write(self, chunk: bytes) -> None:
        """Give it some bytes; where it is over they go nowhere."""
        end = None if self._transport is None else self._transport.get_pipe_transport(0)
        if chunk and isinstance(end, asyncio.WriteTransport) and not end.is_closing():
            end.write(chunk)

    def kill(self) -> None:
        """Put an end to it; `ended` follows."""
        if self._transport is None or self._over:
            return
        try:
            self._transport.kill()
        except ProcessLookupError:
            self._finish()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It runs."""
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._transport = transport

    def pipe_data_received(self, fd: int, chunk: bytes) -> None:
        """It has written something."""
        if fd == 2:
            self._tail = (self._tail + chunk)[-_TAIL:]
        elif not self._over:
            self._heard(chunk)

    def pipe_connection_lost(self, fd: int, _exc: Exception | None) -> None:
        """One of its ends is closed: without its output it is of no use."""
        if fd != 2:
            asyncio.get_running_loop().call_later(_GRACE, self.kill)  # one that ends by itself says how

    def process_exited(self) -> None:
        """It is over; its last bytes may still be on the way."""
        asyncio.get_running_loop().call_later(_GRACE, self._finish)

    def connection_lost(self, _exc: Exception | None) -> None:
        """It is over and nothing more will come."""
        self._finish()

    def _finish(self) -> None:
        if self._over or self._transport is None:
            return
        self._over = True
        code = self._transport.get_returncode()
        self._transport.close()
        self._ended(-9 if code is None else code, self.said)
