"""How long the tasks of a job take, so that short ones are handed ahead and long ones are not hoarded."""

from __future__ import annotations

from collections.abc import Iterable

HORIZON = 0.3  # seconds of work that a worker may hold ahead
MOST = 500.0  # times its room
_WEIGHT = 0.2  # of the newest mean in the running one
_OVERHEAD = 0.0003  # seconds that starting a process takes anyway
_TRUST = 32  # first tasks of other jobs that must all have been short before an unknown job is taken to be so


class Pace:
    """Running means by job, for jobs that had an end lately; and of the first tasks that jobs had, for unknown ones."""

    def __init__(self) -> None:
        self._mean: dict[int, float] = {}
        self._ends: dict[int, int] = {}
        self._guess = 0.0  # running mean of the first tasks of jobs
        self._short = 0  # so many of those in a row were short

    def saw(self, job: int, durations: Iterable[float]) -> None:
        """Tasks of a job took so many seconds."""
        times = list(durations)
        mean = sum(times) / len(times) + _OVERHEAD
        old = self._mean.get(job)
        if old is None:
            self._meet(mean)
        self._mean[job] = mean if old is None else old + _WEIGHT * (mean - old)
        self._ends[job] = self._ends.get(job, 0) + len(times)

    def _meet(self, mean: float) -> None:
        """The first tasks of a job have ended: single jobs in a row are often alike."""
        self._guess = self._guess + _WEIGHT * (mean - self._guess) if self._short else mean
        self._short = self._short + 1 if mean < HORIZON else 0

    def slowed(self, job: int) -> None:
        """Work that was handed ahead came back: this job's tasks are not short any more, nor are those of others."""
        self._short = 0
        self._mean[job] = max(self._mean.get(job, 0.0), HORIZON)

    def forget(self, job: int) -> None:
        """The job is over."""
        self._mean.pop(job, None)
        self._ends.pop(job, None)

    def mean(self, job: int) -> float | None:
        """Seconds that the job's tasks take; None where nobody has seen any lately."""
        return self._mean.get(job)

    def ahead(self, job: int) -> float:
        """How many times a worker's room may be handed over; it grows with what was seen, from 1."""
        mean, ends = self._mean.get(job), self._ends.get(job, 0)
        if mean is None and self._short >= _TRUST:
            mean, ends = self._guess, self._short
        if mean is None or mean >= HORIZON:
            return 1.0
        return 1.0 + min(HORIZON / mean, MOST, float(ends))

    @property
    def trusts(self) -> bool:
        """Whether also tasks of unknown jobs are handed ahead."""
        return self._short >= _TRUST
