"""How workers come that do not come to the port: the record says so, and it is kept while a pool wants it."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Coroutine
from typing import Any

from ..base.clock import steady
from ..model.links import FOLDER, SSH
from .bridges import Bridges
from .folder import Folder
from .links import links_of
from .record import Record
from .state import Later, Server
from .wayout import Greet

_LOOK_EVERY = 1.0  # seconds
_AFTER_DEFECT = 30.0  # seconds


class Ways:
    """The folder, and the bridges of ssh. `is_asked_for`: whether somebody knocked, who may try all ways."""

    def __init__(
        self, server: Server, record: Record, *, later: Later, greet: Greet, is_asked_for: Callable[[], bool]
    ) -> None:
        self._server, self._record, self._later, self._is_asked_for = server, record, later, is_asked_for
        self._folder, self._bridges = Folder(server, greet=greet), Bridges(server, greet=greet)
        self._runs: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            FOLDER: self._folder.run,
            SSH: self._bridges.run,
        }
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._rest: dict[str, float] = {}  # after a defect, until that steady time

    def begin(self) -> None:
        """Look whether one is wanted, now and then. What was begun stays: its workers may still come that way."""
        self._later(_LOOK_EVERY, self.begin)
        links = links_of(self._server.pools)
        if links != self._record.links and not self._server.stopping:
            self._record.links = links
            self._record.write()
        for link in {*links.values(), *([FOLDER] if self._is_asked_for() else [])}:
            if link not in self._tasks and steady() >= self._rest.get(link, 0.0):
                task = self._tasks[link] = asyncio.get_running_loop().create_task(self._runs[link]())
                task.add_done_callback(lambda task, link=link: self._ended(task, link))  # type: ignore[misc]

    def close(self) -> None:
        """The server leaves."""
        for task in self._tasks.values():
            task.cancel()
        self._folder.close()
        self._bridges.close()

    def _ended(self, task: asyncio.Task[None], link: str) -> None:
        if task.cancelled() or task.exception() is None:
            return
        text = "".join(traceback.format_exception(task.exception()))
        self._server.log.say(f"defect in the link {link}: {text}")
        self._rest[link] = steady() + _AFTER_DEFECT
        del self._tasks[link]
