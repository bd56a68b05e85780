"""Records that are written by themselves (`[provenance] auto = true`): now and then `burro finish` is started.

It is a process of its own, for a repository may lie on a file system that hangs, and git is not for the server's loop.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from ..base.clock import steady
from ..store import scheduled
from .launch import Watcher, start_finish
from .state import Later, Server

_EVERY = 10.0  # seconds between two looks: what has ended meanwhile is written together
_LONGEST = 600.0  # seconds until it is tried again where finish itself failed: a rebase, a lock, no space


class _Try(NamedTuple):
    """What could be written of a dataset when it was tried last, how often that failed in a row, and since when."""

    seen: tuple[int, ...]
    failures: int = 0
    at: float = 0.0


class Recording:
    """Looks whether something is to be recorded, and has it done, one repository at a time and each in its turn."""

    def __init__(self, server: Server, later: Later) -> None:
        self._server, self._later = server, later
        self._runs: tuple[str, Watcher] | None = None
        self._tried: dict[str, _Try] = {}  # the one that was tried last is the last
        self._every = float(os.environ.get("BURRO_RECORDS_EVERY", _EVERY))

    def begin(self) -> None:
        """From now on."""
        self._later(self._every, self._look)

    def _look(self) -> None:
        self._later(self._every, self._look)
        if self._is_busy() or self._server.stopping or not self._server.pools.wish.records:
            return
        found = scheduled.recordable(self._server.db)
        self._tried = {dataset: tried for dataset, tried in self._tried.items() if dataset in found}
        order = [*(dataset for dataset in found if dataset not in self._tried), *self._tried]
        for dataset in order:
            if self._is_due(dataset, found[dataset]):
                self._start(dataset, found[dataset])
                return

    def _is_busy(self) -> bool:
        """Whether one is at work; how it ended is noted."""
        if self._runs is None:
            return False
        dataset, watcher = self._runs
        code = watcher.poll()
        if code is None:
            return True
        self._runs = None
        if dataset in self._tried:
            tried = self._tried[dataset]
            self._tried[dataset] = tried._replace(failures=tried.failures + 1 if code else 0, at=steady())
        return False

    def _is_due(self, dataset: str, seen: tuple[int, ...]) -> bool:
        """What could not be written is not tried for ever: an output that is missing is for somebody to see to."""
        tried = self._tried.get(dataset)
        if tried is None or tried.seen != seen:
            return True
        return bool(tried.failures) and steady() >= tried.at + min(self._every * 2.0**tried.failures, _LONGEST)

    def _start(self, dataset: str, seen: tuple[int, ...]) -> None:
        before = self._tried.pop(dataset, _Try(seen))
        self._tried[dataset] = before._replace(seen=seen)
        try:
            self._runs = dataset, start_finish(self._server.queue, dataset)
        except OSError as error:
            self._tried[dataset] = _Try(seen, before.failures + 1, steady())
            self._server.log.say(f"the records of {dataset} are not written: {error.strerror}")
