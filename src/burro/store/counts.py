"""Moves of one unit of work, summed by job, so that each job's counts are changed once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from ..model.states import DONE, FAILED, FINAL, RUNNING, STATES
from .db import Database

_LIVE = len(STATES) - len(FINAL)  # so many of the states come first, that are not final
_BEGUN = frozenset((RUNNING, DONE, FAILED))  # what a task comes to only by being started


class Over(NamedTuple):
    """A job that is final now: how many of its tasks are not done, and the digest of its environment."""

    job: int
    bad: int
    env: str


class Moves:
    """Collects moves of tasks and writes them into the counts of their jobs."""

    def __init__(self) -> None:
        self._by_job: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(STATES, 0))
        self._begun: set[int] = set()
        self.ending: set[int] = set()  # jobs with tasks that became final, until somebody looks at what follows from it
        self.failing: set[int] = set()  # jobs that may have more failed tasks than they are allowed

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

    def write(self, db: Database, *, now: float) -> list[Over]:
        """Change the counts; the jobs that are final now."""
        if not self._by_job:
            return []
        rows, live = [], []
        for job, changes in self._by_job.items():
            values = tuple(changes.values())
            if job in self._begun or any(values[_LIVE:]):
                rows.append((*values, job in self._begun, now, job))
            elif any(values):
                live.append((*values[:_LIVE], job))
        self._by_job.clear()
        self._begun.clear()
        db.run_many("count_live_moves", live)
        changed = db.run_many("count_moves", rows)
        self.failing.update(job for job, _, _, failing, _ in changed if failing)
        return [Over(job, bad, env) for job, final, bad, _, env in changed if final]

    def take_ending(self) -> set[int]:
        """Jobs with tasks that became final since this was asked last."""
        ending, self.ending = self.ending, set()
        return ending

    def take_failing(self) -> set[int]:
        """Jobs that may have too many failed tasks, since this was asked last."""
        failing, self.failing = self.failing, set()
        return failing

    def clear(self) -> None:
        """Forget them: their transaction was undone."""
        self.ending.clear()
        self.failing.clear()
        self._by_job.clear()
        self._begun.clear()
