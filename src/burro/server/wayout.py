"""A guest's way out where that is no socket: what it is told waits here until somebody takes it along."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from .listening import PeerEnd
from .visitor import Guest

Greet = Callable[[Callable[[PeerEnd], None]], Guest]  # makes the peer of one that came; it tells when that is gone


class Wayout(asyncio.WriteTransport):
    """`wake` is told when there is something to take, or when it was closed."""

    def __init__(self, wake: Callable[[], None]) -> None:
        super().__init__()
        self._wake, self._unsent, self._closing = wake, b"", False

    def write(self, chunk: bytes | bytearray | memoryview) -> None:
        """Something to be told."""
        if not self._closing:
            self._unsent += chunk
            self._wake()

    def take(self) -> bytes:
        """All that is to be told; the caller's from now on."""
        unsent, self._unsent = self._unsent, b""
        return unsent

    def put_back(self, rest: bytes) -> None:
        """What could not be told yet."""
        self._unsent = rest + self._unsent

    @property
    def is_over(self) -> bool:
        """Whether it was closed, and all was told."""
        return self._closing and not self._unsent

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self._closing

    def close(self) -> None:
        """Tell what there is, and no more."""
        self._closing = True
        self._wake()

    def abort(self) -> None:
        """Tell nothing more."""
        self._unsent = b""
        self.close()
