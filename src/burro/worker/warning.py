"""Tasks that asked for it are told that their end is near: by a signal, once, to those of their processes that hear it.

Whoever neither catches nor blocks a signal would only die of it: a shell that waits for its program, a program of a
shell that waits with a trap.
"""

from __future__ import annotations

from math import inf

from ..base.clock import since_boot, steady
from ..base.failpoint import hit
from ..base.log import Log
from .entry import warn_line
from .reaper import Reaper
from .running import Running
from .slots import Slots
from .walltime import Walltime

_EARLIEST = 1.0  # seconds after the start: who is told before it listens dies of it


class Warnings:
    """Looks who is to be told when: before the end of the walltime, or of a task's own time limit."""

    def __init__(self, slots: Slots, reaper: Reaper, walltime: Walltime, log: Log) -> None:
        self._slots, self._reaper, self._walltime, self._log = slots, reaper, walltime, log

    def wake_at(self) -> float:
        """When (steady time) the next one is to be told."""
        return min(map(self._due, self._slots.to_warn.values()), default=inf)

    def tend(self) -> None:
        """Tell those for whom it is time."""
        moment = steady()
        for run in [run for run in self._slots.to_warn.values() if self._due(run) <= moment]:
            assert run.warn is not None
            if run.ended is None and run.cause is None:
                told = self._reaper.signal(run, run.warn[1], where=hears)
                hit("warn.after_signal")
                self._log.say(f"task {run.key[0]}.{run.key[1]} is warned: {told} of its processes heard it")
                self._slots.note(warn_line(run.key, None))
            run.warn = None
            del self._slots.to_warn[run.key]

    def _due(self, run: Running) -> float:
        assert run.warn is not None
        end = min(self._slots.limits.get(run.key, inf), self._walltime.at())
        began = steady() - (since_boot() - run.spawned)
        return max(end - run.warn[0], began + _EARLIEST)


def hears(pid: int, number: int) -> bool:
    """Whether a process catches a signal, or keeps it from itself for later."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            masks = [line.split()[1] for line in file if line.startswith(("SigBlk:", "SigCgt:"))]
    except (OSError, IndexError):
        return False
    return any(int(mask, 16) >> (number - 1) & 1 for mask in masks)
