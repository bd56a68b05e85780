"""How a worker goes: it begins nothing more, and is over when all has ended and is told.

It goes when it is told to, and in time before its walltime ends: what runs then is stopped, and put back.
"""

from __future__ import annotations

import os
import signal
from math import inf

from ..base.clock import now, steady
from ..base.failpoint import hit
from ..base.log import Log
from ..base.text import format_duration
from ..model.states import RELEASED, WALLTIME
from .reaper import Reaper
from .slots import Slots
from .stopping import GRACE
from .uplink import Uplink
from .walltime import Walltime

_LAST_WORDS = 3.0  # seconds that a leaving worker waits for its last report to be acknowledged


class Departure:
    """Whether the worker was told to leave, and what is still in its way. `at`: steady time at which it goes anyway."""

    def __init__(self, slots: Slots, reaper: Reaper, uplink: Uplink, *, walltime: Walltime, log: Log) -> None:
        self._slots, self._reaper, self._uplink = slots, reaper, uplink
        self.walltime, self._log = walltime, log
        self.told = self._is_ended = self._was_signalled = False
        self.at = inf

    def leave(self, *, kill: bool, why: str) -> None:
        """Begin nothing more; `kill`: nor let run on what runs."""
        self.told = True
        self._uplink.outbox.leaving = True
        self._slots.give_back_all()
        if kill:
            for run in list(self._slots.by_key.values()):
                self._reaper.stop(run, RELEASED, why)

    def heed(self) -> None:
        """What SIGTERM said: leave now; shortly before the end it means that.

        Its handler does not do it: it may come while a task is started that nobody knows yet.
        """
        if not self._was_signalled:
            return
        self._was_signalled = False
        if self.walltime.is_near:
            self._end()
        else:
            self.leave(kill=True, why="the worker was told to stop")

    def on_term(self, _number: int, _frame: object) -> None:
        """SIGTERM: see `heed`."""
        self._was_signalled = True
        _wake()

    def on_warning(self, _number: int, _frame: object) -> None:
        """SIGUSR1: the end of the walltime is near."""
        self.walltime.warned()
        _wake()

    def tend(self) -> None:
        """End what runs where the walltime is over."""
        if not self._is_ended and self.walltime.left <= 0:
            self._log.say(f"the walltime ends; stopping {len(self._slots.by_key)} tasks")
            self._end()

    def wake_at(self) -> float:
        """When (steady time) one of these is due."""
        return self.at if self._is_ended else min(self.at, self.walltime.at())

    def _end(self) -> None:
        hit("walltime.before_stop")
        self._is_ended = True
        for run in list(self._slots.by_key.values()):
            ran = format_duration(now() - run.started)
            self._reaper.stop(run, WALLTIME, f"the walltime of its worker was over, it had run for {ran}")
        self.leave(kill=False, why="")

    @property
    def is_over(self) -> bool:
        """Nothing runs, the server knows it all or had time to, and what tasks left behind is dead."""
        if not self.told or self._slots.by_key:
            return False
        if self.at == inf:
            self.at = steady() + _LAST_WORDS
        outbox = self._uplink.outbox
        told = not outbox.unacknowledged and not outbox.released and not self._uplink.wants_write
        if not told and steady() < self.at:
            return False
        return self._reaper.is_tidy() or steady() >= self.at + GRACE


def _wake() -> None:
    """Else the poll would go on waiting (PEP 475)."""
    os.kill(os.getpid(), signal.SIGCHLD)
