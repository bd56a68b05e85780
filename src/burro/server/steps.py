"""Steps of the server's own that are to be on disk before anything is built on them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from .state import Also, Server

_TURN = 20.0  # seconds for a step to be on disk

Told = TypeVar("Told")


class Steps:
    """`also` does a step within the next turn."""

    def __init__(self, server: Server, also: Also) -> None:
        self._server, self._also = server, also

    async def take(self, step: Callable[[], Told]) -> Told:
        """What a step gave that is on disk now. Raises TimeoutError where it is not."""
        done: asyncio.Future[Told] = asyncio.get_running_loop().create_future()

        def take_turn() -> None:
            told = step()
            self._server.afterwards.append(lambda: None if done.done() else done.set_result(told))

        self._also(take_turn)
        async with asyncio.timeout(_TURN):
            return await done
