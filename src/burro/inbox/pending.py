"""pending/: which job each folder there is, found out from what the folders carry; and what has ended."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..base.clock import steady
from ..base.failpoint import hit
from ..model.inbox import Settings
from . import folder, results
from .delivering import Done
from .desk import Desk, has_ended, is_waiting
from .files import exists, open_dir, read_small, remove_if_empty
from .folder import Held
from .names import shown
from .root import PENDING, Parts

_RESULT_SIZE = 2**24
GONE = "the queue does not know its job any more; somebody has forgotten it there (burro clean), or made another queue"


@dataclass
class Pending:
    """Folders in pending/, by the job after which each is complete; and those that have none yet."""

    root: str
    settings: Settings
    held: dict[int, Held] = field(default_factory=dict)
    unsubmitted: dict[str, Held] = field(default_factory=dict)
    cancelled: set[int] = field(default_factory=set)
    later: dict[str, tuple[float, str]] = field(default_factory=dict)  # without a job: not before (steady), and why
    stuck: dict[str, str] = field(default_factory=dict)  # cannot be read or delivered, and why
    running: int = 0
    waiting: int = 0

    @property
    def names(self) -> set[str]:
        """The folders."""
        return {one.name for one in self.held.values()} | set(self.unsubmitted)

    def due(self) -> list[Held]:
        """Those that have no job, and should have one."""
        now = steady()
        return [one for name, one in self.unsubmitted.items() if self.later.get(name, (0.0, ""))[0] <= now]

    def put_off(self, name: str, why: str) -> bool:
        """It cannot be submitted for now; whether that is news."""
        before = self.later.get(name, (0.0, ""))[1]
        self.later[name] = (steady() + self.settings.period, why)
        return why != before

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Those that cannot be submitted for now, each with why."""
        waits = [(name, self.later[name][1]) for name in self.unsubmitted if name in self.later]
        return [*self.stuck.items(), *waits]

    def note_stuck(self, stuck: Mapping[str, str], *, free: Iterable[str] = ()) -> list[str]:
        """These are tried again with the next whole look, and others are `free` now; a line for each that is news."""
        news = [f"{shown(name)}: {why}" for name, why in stuck.items() if self.stuck.get(name) != why]
        self.stuck.update(stuck)
        for name in free:
            self.stuck.pop(name, None)
        return news

    def learn(self, parts: Parts, desk: Desk) -> list[str]:
        """Find out what is there: each folder says what it is. One that was put there by hand is new.

        The names of those that somebody took away; their jobs are cancelled.
        """
        known = self.names
        there = set(_folders(parts.pending))
        missing = [job for job, one in self.held.items() if one.name not in there]
        self.unsubmitted = {name: one for name, one in self.unsubmitted.items() if name in there}
        self.later = {name: one for name, one in self.later.items() if name in self.unsubmitted}
        self.stuck = {name: why for name, why in self.stuck.items() if name in there}
        for name in sorted(there - known):
            if not remove_if_empty(parts.pending, name):
                self._try_to_learn(parts, name)
        return [self._give_up(job, desk) for job in missing if not exists(parts.pending, self.held[job].name)]

    def _give_up(self, job: int, desk: Desk) -> str:
        one = self.held[job]
        for number in {one.job or job, job}:
            desk.cancel(number)
        self.forget([job])
        return one.name

    def _try_to_learn(self, parts: Parts, name: str) -> None:
        """What cannot be read holds up no other."""
        try:
            self._learn_one(parts, name)
            self.stuck.pop(name, None)
        except OSError as error:
            self.stuck[name] = f"it cannot be read: {error.strerror}"

    def _learn_one(self, parts: Parts, name: str) -> None:
        try:
            folder.open_up(parts.pending, name)
            end = open_dir(name, under=parts.pending)
        except FileNotFoundError:
            return
        try:
            key, job = folder.key_of(end), folder.job_of(end)
            if key is None:
                key, job = folder.new_key(end, finished=self.settings.finished, synced=True), None
        finally:
            os.close(end)
        if job is None:
            self.unsubmitted[name] = Held(name, key)
        else:
            self.held[job[1]] = Held(name, key, job[0])

    def heed_cancels(self, parts: Parts, desk: Desk) -> list[str]:
        """Cancel the jobs of folders in which somebody put an empty file `cancel`; their names."""
        found = []
        for job, one in self.held.items():
            if job not in self.cancelled and _is_called_off(parts.pending, one.name):
                hit("inbox.before_cancel")
                desk.cancel(one.job or job)
                self.cancelled.add(job)
                found.append(one.name)
        return found

    def look_at_jobs(self, desk: Desk) -> list[int]:
        """How the jobs stand, by asking; those that have ended, or are forgotten."""
        jobs = {one.job or last: last for last, one in self.held.items()}
        states = desk.standing(sorted({*jobs, *self.held}))
        waiting = [job for job in jobs if is_waiting(states.get(job, "done"))]
        self.waiting = len(waiting) + len(self.unsubmitted)
        self.running = len(self.held) + len(self.unsubmitted) - self.waiting
        return [job for job in self.held if has_ended(states.get(job, "done"))]

    def done(self, parts: Parts, desk: Desk, jobs: Iterable[int]) -> dict[int, Done]:
        """Of these jobs those that are really over, with what is to be written."""
        ours = sorted({job for job in jobs if job in self.held})
        rows = (
            desk.details(sorted({number for job in ours for number in (job, self.held[job].job or job)}))
            if ours
            else {}
        )
        found = {}
        for job in ours:
            one = self.held[job]
            row = rows.get(one.job or job)
            if job in rows and not results.is_over(rows[job]):
                continue  # it is still to be brought back
            try:
                work = folder.work_in(parts.pending, one.name)
            except FileNotFoundError:
                work, row = "", None  # the folder is gone
            except OSError as error:
                self.stuck[one.name] = f"it cannot be read: {error.strerror}"
                continue
            if row is None or row["spec"].get("key") != one.key:
                number = one.job or job
                found[job] = Done(one.name, _written(parts.pending, one, number) or _lost(one, number))
            elif results.is_over(row):
                path = os.path.join(self.root, PENDING, one.name, work)
                found[job] = Done(one.name, results.result(row, key=one.key, folder=path))
        return found

    def forget(self, jobs: Sequence[int]) -> None:
        """These are not in pending/ any more."""
        for job in jobs:
            self.held.pop(job, None)
            self.cancelled.discard(job)


def _folders(under: int) -> list[str]:
    with os.scandir(under) as entries:
        return [
            entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
        ]


def _is_called_off(under: int, name: str) -> bool:
    try:
        end = open_dir(name, under=under)
    except OSError:
        return False
    try:
        return exists(end, folder.CANCEL) and os.stat(folder.CANCEL, dir_fd=end, follow_symlinks=False).st_size == 0
    finally:
        os.close(end)


def _written(under: int, one: Held, job: int) -> dict[str, Any] | None:
    """The result that is in a folder already: its job was forgotten between that and the move."""
    try:
        end = open_dir(one.name, under=under)
    except FileNotFoundError:
        return None
    try:
        found = json.loads(read_small(end, folder.RESULT, most=_RESULT_SIZE) or b"null")
    except (OSError, ValueError):
        return None
    finally:
        os.close(end)
    return found if isinstance(found, dict) and (found.get("id"), found.get("key")) == (job, one.key) else None


def _lost(one: Held, job: int) -> dict[str, Any]:
    return results.lost_result(job, key=one.key, state="unknown", reason=GONE)
