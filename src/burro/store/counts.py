"""Moves of one unit of work, summed by job, so that each job's counts are changed once."""

from __future__ import annotations

from collections import defaultdict

from ..model.states import STATES
from .db import Database


class Moves:
    """Collects moves of tasks and writes them into the counts of their jobs."""

    def __init__(self) -> None:
        self._by_job: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(STATES, 0))

    def add(self, job: int, before: str, after: str, count: int = 1) -> None:
        """`count` tasks of `job` went from one state to another."""
        changes = self._by_job[job]
        changes[before] -= count
        changes[after] += count

    @property
    def jobs(self) -> set[int]:
        """Jobs whose counts are to be changed."""
        return set(self._by_job)

    def write(self, db: Database, *, now: float) -> list[int]:
        """Change the counts; the jobs that are final now."""
        ended = []
        for job, changes in self._by_job.items():
            if any(changes.values()):
                ((final,),) = db.run("count_moves", {**changes, "id": job, "now": now})
                if final:
                    ended.append(job)
        self._by_job.clear()
        return ended

    def clear(self) -> None:
        """The transaction was undone: so are these."""
        self._by_job.clear()
