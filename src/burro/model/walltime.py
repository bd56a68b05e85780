"""Time in what ends: what of an allocation's walltime tasks can have, and who needs how much of it."""

from __future__ import annotations

from math import inf
from typing import NamedTuple, Optional

LAST = 20.0  # seconds before the end at which what still runs is stopped: a grace, and the time to tell of it
_START = 30.0  # seconds that a worker may take to come
_SHARE = 0.05  # of the walltime: the same where that is more
_NEARLY = 0.9  # of the walltime: a task that had so much of it gets no more the next time
_AS_SEEN = 1.5  # times what others of its job took: so much is to be left for a task that says nothing of its time


def needed(time_min: Optional[float], limit: Optional[float]) -> Optional[float]:
    """Seconds that a worker must still have for a task: as was said, else its time limit."""
    return time_min if time_min is not None else limit


def usable(walltime: float) -> float:
    """Seconds that a worker which has just come has for certain: it takes whatever is not longer than the walltime."""
    return inf if walltime == inf else max(1.0, walltime - LAST - max(_START, _SHARE * walltime))


def was_whole(had: float, walltime: float) -> bool:
    """Whether a task that was stopped after so many seconds had nearly all that there is."""
    return had + LAST >= _NEARLY * walltime


class Stay(NamedTuple):
    """How long a worker stays. `left`: seconds that tasks may still run; `walltime`: that there were at the start.

    `drain`: seconds that it takes for those who say nothing of their time.
    """

    left: float = inf
    walltime: float = inf
    drain: float = 0.0

    def ever_fits(self, need: Optional[float]) -> bool:
        """Whether a task could be taken by a worker like this that has just come."""
        return not need or need <= self.walltime

    def fits(self, need: Optional[float], seen: Optional[float] = None) -> bool:
        """Whether a task that needs so many seconds (None: nobody knows) may begin now.

        `seen`: seconds that others of its job took. That is a guess, and keeps no task from who has just come.
        """
        if self.left == inf:
            return True
        asked = need or min(max(self.drain, _AS_SEEN * (seen or 0.0)), self.walltime)
        return asked <= self.walltime and min(asked, usable(self.walltime)) <= self.left


FOR_EVER = Stay()
