"""The unix socket: peers that come and go. Their lines become messages of the next turn."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from ..link.call import peer_uid
from ..link.lines import BadLine, LineReader, Message, encode
from .state import Server
from .turn import Turn


class PeerEnd(asyncio.Protocol):
    """One connection. `gone` is told when it ends."""

    def __init__(self, server: Server, turn: Turn, gone: Callable[[PeerEnd], None]) -> None:
        self._server, self._turn, self._gone = server, turn, gone
        self._reader = LineReader()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let in nobody but our own user."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        if not self._is_ours(transport):
            transport.abort()
            return
        self._server.clients.add(self)

    def _is_ours(self, transport: asyncio.BaseTransport) -> bool:
        return peer_uid(transport.get_extra_info("socket")) in (os.geteuid(), 0)

    def data_received(self, chunk: bytes) -> None:
        """Whole lines become messages."""
        try:
            messages = self._reader.feed(chunk)
        except BadLine as error:
            self._server.log.say(f"a peer sent nonsense: {error}")
            self.close()
            return
        for message in messages:
            self.take(message)

    def take(self, message: Message) -> None:
        """A message for the next turn."""
        if message.get("op") == "hello":
            self._server.clients.discard(self)  # a worker is no company
        self._turn.arrive(self, message)

    def connection_lost(self, _exc: Exception | None) -> None:
        """It is over."""
        self._server.clients.discard(self)
        self._gone(self)

    def send(self, message: Message) -> None:
        """Send a message, some time soon."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(encode(message))

    def close(self) -> None:
        """Give the connection up."""
        if self._transport is not None:
            self._transport.close()
