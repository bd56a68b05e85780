"""What tasks that are over left behind in sessions of their own: found, given a moment, ended."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable

from ..base.clock import steady
from .entry import Key
from .processes import Process, marks, send
from .slots import Slots
from .stopping import LINGER


class Strays:
    """Orphans whose task is over, until they are gone."""

    def __init__(self, slots: Slots, worker: str) -> None:
        self._slots, self._mark = slots, os.fsencode(worker)
        self._known: dict[tuple[int, float], float] = {}  # pid and birth -> steady time of KILL
        self._nameless: dict[tuple[int, float], set[Key]] = {}  # -> what ran when it was first seen

    def end(self, orphans: list[Process]) -> bool:
        """End those of the orphans there are now that are strays; whether to look again soon."""
        self._forget_gone(orphans)
        for process in orphans:
            if self._is_stray(process):
                self._end_stray(process)
        return bool(self._known or self._nameless)

    def _forget_gone(self, orphans: Iterable[Process]) -> None:
        there = {(process.pid, process.born) for process in orphans}
        self._known = {mark: moment for mark, moment in self._known.items() if mark in there}
        self._nameless = {mark: keys for mark, keys in self._nameless.items() if mark in there}

    def _is_stray(self, process: Process) -> bool:
        """Whether the task that an orphan came from is over.

        What names another worker is never ours to end. What names nobody (it has an environment of its own) and is our
        own child came from a task that ran when it was first seen; below the keeper it is left alone, since a wrong
        guess about who the keeper is must never reach processes that are not burro's.
        """
        written = marks(process.pid)
        if b"BURRO_ROLE" in written or b"BURRO_LEAVE" in written:
            return False
        if written.get(b"BURRO_WORKER", self._mark) != self._mark:
            return False
        if b"BURRO_WORKER" not in written and process.parent != os.getpid():
            return False
        running = self._slots.by_key
        job, task, number = (written.get(name) for name in (b"BURRO_JOB_ID", b"BURRO_TASK_ID", b"BURRO_ATTEMPT"))
        if job is not None and task is not None and number is not None:
            return not any(
                (b"%d" % key[0], b"%d" % key[1], b"%d" % run.number) == (job, task, number)
                for key, run in running.items()
            )
        if any(run.leave for run in running.values()):
            return False
        suspects = self._nameless.setdefault((process.pid, process.born), set(running))
        return not suspects & set(running)

    def _end_stray(self, process: Process) -> None:
        mark = (process.pid, process.born)
        if mark not in self._known:
            self._known[mark] = steady() + LINGER
            send(process, signal.SIGTERM)
        elif self._known[mark] <= steady():
            send(process, signal.SIGKILL)
