"""Moves of one unit of work, summed by job, so that each job's counts are changed once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from ..model.states import DONE, FAILED, FINAL, RUNNING, STATES
from .db import Database

_BEGUN = frozenset((RUNNING, DONE, FAILED))  # what a task comes to only by being started


class Moves:
    """Collects moves of tasks and writes them into the counts of their jobs."""

    def __init__(self) -> None:
        self._by_job: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(STATES, 0))
        self._begun: set[int] = set()
        self.ending: set[int] = set()  # jobs with tasks that became final, until somebody looks at what follows from it

    def add(self, job: int, before: str, after: str, count: int = 1) -> None:
        """`count` tasks of `job` went from one state to another."""
        changes = self._by_job[job]
        changes[before] -= count
        changes[after] += count
        if after in _BEGUN:
            self._begun.add(job)
        if after in FINAL:
            self.ending.add(job)

    def add_each(self, before: str, afters: Iterable[tuple[int, str]]) -> None:
        """Tasks of jobs went from one state to others: (job, state after) of each."""
        for (job, after), count in Counter(afters).items():
            self.add(job, before, after, count)

    @property
    def jobs(self) -> set[int]:
        """Jobs whose counts are to be changed."""
        return set(self._by_job)

    def write(self, db: Database, *, now: float) -> list[int]:
        """Change the counts; the jobs that are final now."""
        ended = []
        for job, changes in self._by_job.items():
            begun = job in self._begun
            if begun or any(changes.values()):
                ((final,),) = db.run("count_moves", {**changes, "id": job, "begun": begun, "now": now})
                if final:
                    ended.append(job)
        self._by_job.clear()
        self._begun.clear()
        return ended

    def take_ending(self) -> set[int]:
        """Jobs with tasks that became final since this was asked last."""
        ending, self.ending = self.ending, set()
        return ending

    def clear(self) -> None:
        """Forget them: their transaction was undone."""
        self.ending.clear()
        self._by_job.clear()
        self._begun.clear()
