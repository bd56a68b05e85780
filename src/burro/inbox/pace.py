"""How much may be submitted now. No I/O."""

from __future__ import annotations

from dataclasses import dataclass

from ..model.inbox import Settings

_FIRST = 1.0  # seconds after a submission that was refused, doubled each time
_BATCH = 50  # folders in one go: so many are on their way when somebody pulls the plug


@dataclass
class Pace:
    """When the next submission may be, in steady time."""

    due: float = 0.0
    refused: int = 0

    def submitted(self, *, now: float, settings: Settings) -> None:
        """One was taken."""
        self.refused = 0
        self.due = now + settings.delay

    def was_refused(self, *, now: float, settings: Settings) -> float:
        """The queue did not take any; how long it is left alone."""
        self.refused += 1
        pause = min(max(settings.delay, _FIRST) * 2.0 ** min(self.refused - 1, 20), max(settings.period, _FIRST))
        self.due = now + pause
        return pause

    def left(self, *, now: float) -> float:
        """Seconds to wait."""
        return max(0.0, self.due - now)


def room(settings: Settings, *, queued: int, waiting: int) -> int:
    """How many folders may be taken, where so many are in the queue and so many of these wait there."""
    free = min(settings.max_jobs - queued, settings.max_pending - waiting)
    return max(0, min(free, 1 if settings.delay else _BATCH))
