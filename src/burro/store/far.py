"""Output files that lie at other machines, until they have come home."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .db import Database

Mark = tuple[int, int, int, str]  # job, index, token, `out` or `err`


class Far(NamedTuple):
    """One file: of which attempt, `out` or `err`, its path there, and its bytes where they are known."""

    job: int
    idx: int
    token: int
    which: str
    path: str
    size: int | None = None

    @property
    def mark(self) -> Mark:
        """What names it."""
        return self[:4]


def add(db: Database, files: Iterable[Far], *, worker: int) -> None:
    """These are to come home from a worker."""
    db.run_many("add_far_output", [(*one.mark, worker, one.path, one.size) for one in files])


def drop(db: Database, files: Iterable[Far]) -> None:
    """These have come home, or never will."""
    db.run_many("drop_far_output", [one.mark for one in files])


def of_pool(db: Database, pool: str, *, most: int) -> list[Far]:
    """What is to come home from a pool."""
    return [Far(*row) for row in db.run("far_outputs_of", {"pool": pool, "most": most})]


def of_task(db: Database, job: int, idx: int) -> list[tuple[int, str, str]]:
    """What is to come home of a task: (token, which, path)."""
    return [(token, which, path) for token, which, path in db.run("far_output_of", {"job": job, "idx": idx})]


def rename(db: Database, file: Far, name: str) -> None:
    """It has this name here, and not that of its pattern."""
    values = {"job": file.job, "idx": file.idx, "token": file.token, "which": file.which, "name": name}
    db.run("rename_output", values)
