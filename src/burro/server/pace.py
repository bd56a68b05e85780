"""How long the tasks of a job take, so that short ones are handed ahead and long ones are not hoarded."""

from __future__ import annotations

from collections.abc import Iterable

HORIZON = 0.3  # seconds of work that a worker may hold ahead
MOST = 500.0  # times its room
_WEIGHT = 0.2  # of the newest mean in the running one
_OVERHEAD = 0.0003  # seconds that starting a process takes anyway


class Pace:
    """Running means by job, for jobs that had an end lately."""

    def __init__(self) -> None:
        self._mean: dict[int, float] = {}
        self._ends: dict[int, int] = {}

    def saw(self, job: int, durations: Iterable[float]) -> None:
        """Tasks of a job took so many seconds."""
        times = list(durations)
        mean = sum(times) / len(times) + _OVERHEAD
        old = self._mean.get(job)
        self._mean[job] = mean if old is None else old + _WEIGHT * (mean - old)
        self._ends[job] = self._ends.get(job, 0) + len(times)

    def slowed(self, job: int) -> None:
        """Work that was handed ahead came back: this job's tasks are not short any more."""
        self._mean[job] = max(self._mean.get(job, 0.0), HORIZON)

    def forget(self, job: int) -> None:
        """The job is over."""
        self._mean.pop(job, None)
        self._ends.pop(job, None)

    def ahead(self, job: int) -> float:
        """How many times a worker's room may be handed over; it grows with what was seen, from 1."""
        mean = self._mean.get(job)
        if mean is None or mean >= HORIZON:
            return 1.0
        return 1.0 + min(HORIZON / mean, MOST, float(self._ends[job]))
