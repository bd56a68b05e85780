"""Who comes to the port: unknown until TLS is spoken and the secret is said, a peer like any other then."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable

from ..base.clock import steady
from ..link.lines import Message, encode
from ..link.way import proof
from .listening import PeerEnd
from .state import Server
from .turn import Turn

_WRONG = {"error": "that is not the secret of this queue", "code": 4}


class Visitor(asyncio.Protocol):
    """One that has not said the secret yet; of what it says no more is read than that. `proved` tells when it has."""

    def __init__(self, secret: str) -> None:
        self._wanted = proof(secret)
        self._said = b""
        self.proved: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def rest(self) -> bytes:
        """What it said behind the secret."""
        return self._said[len(self._wanted) :]

    def data_received(self, chunk: bytes) -> None:
        """Compared in a time that does not tell how much of it is right."""
        self._said += chunk
        if self.proved.done() or len(self._said) < len(self._wanted):
            return
        if hmac.compare_digest(self._said[: len(self._wanted)], self._wanted):
            self.proved.set_result(None)
        else:
            self.proved.set_exception(PermissionError("it does not know the secret"))

    def connection_lost(self, _exc: Exception | None) -> None:
        """It went before it was known."""
        if not self.proved.done():
            self.proved.set_exception(ConnectionResetError("it went away"))

    @staticmethod
    def turn_away(transport: asyncio.WriteTransport) -> None:
        """Say why, so that its owner may find out."""
        transport.write(encode(_WRONG))
        transport.close()


class Guest(PeerEnd):
    """A peer that came by the port. `beat` answers its beats; `works`: it is a worker, which says something often."""

    def __init__(
        self,
        server: Server,
        turn: Turn,
        gone: Callable[[PeerEnd], None],
        *,
        beat: Callable[[Guest, Message], None],
    ) -> None:
        super().__init__(server, turn, gone)
        self._beat = beat
        self.works = False
        self.heard_at = steady()

    def _is_ours(self, _transport: asyncio.BaseTransport) -> bool:
        return True  # it knew the secret

    def data_received(self, chunk: bytes) -> None:
        """It lives."""
        self.heard_at = steady()
        super().data_received(chunk)

    def take(self, message: Message) -> None:
        """A beat is answered at once, all else in the next turn."""
        if message.get("op") == "beat":
            self._beat(self, message)
            return
        self.works = self.works or message.get("op") == "hello"
        super().take(message)

    def abort(self) -> None:
        """Give the connection up, whatever is still under way."""
        if self._transport is not None:
            self._transport.abort()
