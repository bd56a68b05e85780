"""How a worker goes: it begins nothing more, and is over when all has ended and is told."""

from __future__ import annotations

import os
import signal
from math import inf

from ..base.clock import steady
from .reaper import Reaper
from .slots import Slots
from .stopping import GRACE
from .uplink import Uplink

_LAST_WORDS = 3.0  # seconds that a leaving worker waits for its last report to be acknowledged


class Departure:
    """Whether the worker was told to leave, and what is still in its way. `at`: steady time at which it goes anyway."""

    def __init__(self, slots: Slots, reaper: Reaper, uplink: Uplink) -> None:
        self._slots, self._reaper, self._uplink = slots, reaper, uplink
        self.told = False
        self.at = inf

    def leave(self, *, kill: bool, why: str) -> None:
        """Begin nothing more; `kill`: nor let run on what runs."""
        self.told = True
        self._uplink.outbox.leaving = True
        self._slots.give_back_all()
        if kill:
            for run in list(self._slots.by_key.values()):
                self._reaper.stop(run, "released", why)

    def on_term(self, _number: int, _frame: object) -> None:
        """SIGTERM: leave now."""
        self.leave(kill=True, why="the worker was told to stop")
        os.kill(os.getpid(), signal.SIGCHLD)  # else the poll would go on waiting (PEP 475)

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
