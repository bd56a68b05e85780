"""Time in what ends: what of an allocation's walltime tasks can have, and who needs how much of it."""

from __future__ import annotations

from typing import Optional

LAST = 20.0  # seconds before the end at which what still runs is stopped: a grace, and the time to tell of it
_START = 30.0  # seconds that a worker may take to come
_SHARE = 0.05  # of the walltime: the same where that is more
_NEARLY = 0.9  # of the walltime: a task that had so much of it gets no more the next time


def needed(time_min: Optional[float], limit: Optional[float]) -> Optional[float]:
    """Seconds that a worker must still have for a task: as was said, else its time limit."""
    return time_min if time_min is not None else limit


def usable(walltime: float) -> float:
    """Seconds that a worker which has just come has for certain: it takes whatever is not longer than the walltime."""
    return max(1.0, walltime - LAST - max(_START, _SHARE * walltime))


def was_whole(had: float, walltime: float) -> bool:
    """Whether a task that was stopped after so many seconds had nearly all that there is."""
    return had + LAST >= _NEARLY * walltime
