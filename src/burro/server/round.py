"""One round of cleaning, in pieces so small that others get their turn between them."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from ..base.clock import now
from ..base.paths import runs_dir
from ..base.text import counted
from ..model.states import FINAL, STATES, job_state
from ..store import events, forgetting, jobs, scheduled
from ..store.db import Database
from ..store.jobs import Columns
from .crew import Peer

_LOOK = 16  # jobs that are looked at together
_PAGES = 100  # unused pages that are given back together
_NAMED = 100  # jobs that are named as kept where nobody named them


@dataclass(frozen=True)
class Wish:
    """Which final jobs are to be forgotten: those that ended up to `before` (seconds since 1970), in these states."""

    before: float
    states: frozenset[str] = FINAL
    name: str | None = None  # a pattern as the shell has it
    numbers: tuple[int, ...] | None = None  # these jobs; None: any
    events: bool = False  # also what happened before `before` and belongs to no job

    def fits(self, row: Columns) -> bool:
        """Whether a final job is meant."""
        state = job_state({state: int(row[state]) for state in STATES})
        named = self.name is None or fnmatchcase(row["name"], self.name)
        return row["ended"] <= self.before and state in self.states and named


@dataclass
class Round:
    """What was asked for, and what came of it so far. `followed`: the jobs that somebody waits for just now."""

    wish: Wish
    followed: Callable[[], Collection[int]]
    peer: Peer | None = None  # who hears of it
    dry: bool = False
    jobs: list[int] = field(default_factory=list)
    tasks: int = 0
    kept: list[dict[str, object]] = field(default_factory=list)
    envs: set[str] = field(default_factory=set)
    before: int = 0  # bytes of the store

    def pieces(self, db: Database) -> Iterator[None]:
        """Forget the jobs; each step is some work within the transaction that is open then."""
        self.before = db.size()
        for row in self._rows(db):
            if row is None:
                yield
            elif self.wish.fits(row) and self._is_free(db, row):
                if not self.dry:
                    forgetting.forget(db, row["id"])
                    self.envs.add(row["env"])
                self.jobs.append(row["id"])
                self.tasks += row["tasks"]
        if self.jobs and not self.dry:
            events.add(db, "cleaned", f"{counted(len(self.jobs), 'job')} with {counted(self.tasks, 'task')}", now=now())

    def _rows(self, db: Database) -> Iterator[Columns | None]:
        """The final jobs in question, and None between a few of them and the next."""
        if self.wish.numbers is not None:
            yield from self._named(db, self.wish.numbers)
            return
        mark = forgetting.START
        while rows := forgetting.final(db, behind=mark, before=self.wish.before, most=_LOOK):
            yield from rows
            mark = (rows[-1]["ended"], rows[-1]["id"])
            yield None

    def _named(self, db: Database, numbers: Collection[int]) -> Iterator[Columns | None]:
        for number in numbers:
            if forgetting.is_known(db, number):
                row = jobs.row(db, number)
                if row["ended"] is None:
                    self._keep(number, f"it is {job_state({state: int(row[state]) for state in STATES})}")
                else:
                    yield row
            yield None

    def _is_free(self, db: Database, row: Columns) -> bool:
        """Whether nobody needs a final job any more."""
        number = row["id"]
        child = forgetting.needed_by(db, number)
        if child is not None:
            self._keep(number, f"job {child} depends on it")
        elif number in self.followed():
            self._keep(number, "somebody waits for it")
        elif scheduled.is_open(db, number):
            self._keep(number, f"what it wrote is not recorded yet; run: burro finish {number}")
        else:
            return True
        return False

    def _keep(self, number: int, why: str) -> None:
        if self.wish.numbers is not None or len(self.kept) < _NAMED:
            self.kept.append({"job": number, "text": f"{number}: kept, {why}"})


def swept(db: Database, queue: str, *, before: float | None) -> Iterator[None]:
    """Remove what forgotten jobs left, and events older than `before`; then make the file shorter. Piece by piece."""
    count = 0
    while forgetting.sweep(db):
        count += 1
        yield
    while before is not None and forgetting.sweep_events(db, before=before):
        count += 1
        yield
    if count:
        yield from _shrunk(db)
        yield from _runs_swept(db, runs_dir(queue))


def _shrunk(db: Database) -> Iterator[None]:
    unused = db.unused()
    while unused:
        db.shrink(pages=_PAGES)
        left = db.unused()
        if left >= unused:
            return
        unused = left
        yield


def _runs_swept(db: Database, directory: str) -> Iterator[None]:
    """Remove what `burro run` kept of the output of jobs that are forgotten. Numbers of jobs are never used again."""
    for entry in _entries(directory):
        number = entry.name.partition(".")[0].partition("-")[0]
        if not number.isdigit() or forgetting.is_known(db, int(number)):
            continue
        if entry.is_dir(follow_symlinks=False):
            for inner in _entries(entry.path):
                _remove(os.unlink, inner.path)
                yield
            _remove(os.rmdir, entry.path)
        else:
            _remove(os.unlink, entry.path)
        yield


def _entries(directory: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as found:
            return list(found)
    except OSError:
        return []


def _remove(remove: Callable[[str], None], path: str) -> None:
    try:
        remove(path)
    except OSError:
        return  # somebody else's, or gone: not worth a word
