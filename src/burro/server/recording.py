"""Records that are written by themselves (`[provenance] auto = true`): now and then `burro finish` is started.

It is a process of its own, for a repository may lie on a file system that hangs, and git is not for the server's loop.
"""

from __future__ import annotations

import os

from ..store import scheduled
from .launch import Watcher, start_finish
from .state import Later, Server

_EVERY = 10.0  # seconds between two looks: what has ended meanwhile is written together


class Recording:
    """Looks whether something is to be recorded, and has it done, one repository at a time."""

    def __init__(self, server: Server, later: Later) -> None:
        self._server, self._later = server, later
        self._runs: Watcher | None = None
        self._tried: dict[str, int] = {}  # of which dataset so many could be written when it was tried last
        self._every = float(os.environ.get("BURRO_RECORDS_EVERY", _EVERY))

    def begin(self) -> None:
        """From now on."""
        self._later(self._every, self._look)

    def _look(self) -> None:
        self._later(self._every, self._look)
        if self._runs is not None and self._runs.poll() is None:
            return
        self._runs = None
        if self._server.stopping or not self._server.pools.wish.records:
            return
        counts = scheduled.recordable(self._server.db)
        self._tried = {dataset: count for dataset, count in self._tried.items() if dataset in counts}
        for dataset, count in counts.items():
            if self._tried.get(dataset) != count:  # what could not be written is not tried for ever
                self._tried[dataset] = count
                self._start(dataset)
                return

    def _start(self, dataset: str) -> None:
        try:
            self._runs = start_finish(self._server.queue, dataset)
        except OSError as error:
            self._server.log.say(f"the records of {dataset} are not written: {error.strerror}")
