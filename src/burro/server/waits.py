"""Why something waits or was skipped: for another job, for its time, or to be tried again."""

from __future__ import annotations

import json
from datetime import datetime

from ..base.clock import now
from ..base.text import format_duration
from ..link.lines import Message
from ..model.dependency import AFTERCORR, AFTERNOTOK, BROKEN, OPEN
from ..model.states import CANCELLED, FAILED, SKIPPED, job_state
from ..store import forgetting, jobs, tasks
from ..store.jobs import Columns, Span
from .state import Server

_ENDED = {FAILED: "failed", CANCELLED: "was cancelled", SKIPPED: "was skipped"}
_CHANGED = "what it waited for did not succeed then"  # it was asked for again


def of_job(server: Server, row: Columns) -> str | None:
    """What the waiting tasks of a job wait for."""
    found = _of_all(server, row)
    if found is not None:
        return found
    for idx, fails, after in server.db.run("next_put_off", {"job": row["id"]}):
        name = "" if row["single"] else f"{row['id']}.{idx} was "
        return name + _again(row, fails=fails, after=after)
    return _pairs(server, row)


def of_task(server: Server, row: Columns, task: Columns) -> str | None:
    """What one waiting task waits for."""
    found = _of_all(server, row)
    if found is None and task["after"] is not None:
        return _again(row, fails=task["fails"], after=task["after"])
    return found or _pairs(server, row)


def skipped(server: Server, row: Columns, idx: int | None = None) -> str | None:
    """Why tasks of a job can never run, or its task `idx`."""
    conditions = [Condition(server, found) for found in server.db.dicts("dependencies_of", {"child": row["id"]})]
    for one in conditions:
        if one.state == BROKEN:
            return one.why_broken
    pairs = [one for one in conditions if one.kind == AFTERCORR]
    lone = 0 if row["single"] else idx
    if pairs and lone is None:
        others = " or ".join(f"job {one.job}" for one in pairs)
        return f"{row[SKIPPED]} of {row['tasks']} tasks skipped: those of the same index in {others} did not succeed"
    return next(
        (why for one in pairs if (why := _unpaired(server, one.job, lone or 0))), _CHANGED if conditions else None
    )


def _unpaired(server: Server, parent: int, idx: int) -> str | None:
    """What became of the task of the same index, where it is not done."""
    if not forgetting.is_known(server.db, parent):
        return f"its task of job {parent} did not succeed, and aftercorr:{parent} needed it to be done"
    state = job_state(tasks.count(server.db, Span(parent, idx, idx, whole=False)))
    if state not in _ENDED:
        return None
    name = jobs.task_name(server.db, parent, idx)
    return f"{'task' if '.' in name else 'job'} {name} {_ENDED[state]}, and aftercorr:{parent} needed it to be done"


def dependencies(server: Server, job: int) -> list[Message]:
    """What a job waits for, or waited for: each condition with its state, and what became of what it is on."""
    found = []
    for one in server.db.dicts("dependencies_of", {"child": job}):
        condition = Condition(server, one)
        view = {"kind": condition.kind, "on": condition.on, "job": condition.job, "state": condition.state}
        found.append({**view, "now": condition.now})
    return found


def dependents(server: Server, job: int) -> list[Message]:
    """The jobs that wait for this one."""
    return [{"job": child, "kind": kind} for child, kind, *_ in server.db.run("dependents_of", {"parent": job})]


def _of_all(server: Server, row: Columns) -> str | None:
    """What keeps all tasks of a job alike."""
    if row["open"]:
        found = server.db.dicts("dependencies_of", {"child": row["id"]})
        open_ones = [one for one in found if one["state"] == OPEN and one["kind"] != AFTERCORR]
        if open_ones:
            more = f", and for {len(open_ones) - 1} more" if len(open_ones) > 1 else ""
            return Condition(server, open_ones[0]).why_open + more
    if row["begin"] is not None and row["begin"] > now():
        return f"not before {_moment(row['begin'])}"
    return None


def _pairs(server: Server, row: Columns) -> str | None:
    if row["pairs"]:
        for found in server.db.dicts("dependencies_of", {"child": row["id"]}):
            if found["kind"] == AFTERCORR and found["state"] == OPEN:
                return f"waits for the task of the same index: {Condition(server, found).what_of_it}"
    return None


def _again(row: Columns, *, fails: int, after: float) -> str:
    """`tried 1 of 3 times, again in 0:04`."""
    total = json.loads(row["retry"])["retries"] + 1 if row["retry"] else None
    times = f"tried {fails} of {total} times" if total else f"tried {fails} times"
    return f"{times}, again in {format_duration(max(0.0, after - now()) + 0.999)}"


def _moment(seconds: float) -> str:
    """`18:00` today, `2026-12-01 08:00` else; seconds only where there are some."""
    date = datetime.fromtimestamp(seconds).astimezone()
    today = datetime.fromtimestamp(now()).astimezone().date()
    hour = date.strftime("%H:%M:%S" if date.second else "%H:%M")
    return hour if date.date() == today else f"{date:%Y-%m-%d} {hour}"


class Condition:
    """One dependency of a job, and what has become of what it is on."""

    def __init__(self, server: Server, found: Columns) -> None:
        self.kind, self.state = str(found["kind"]), str(found["state"])
        self.job = int(found["parent"])
        self.on = str(self.job)
        span = Span(self.job, found["first"], found["last"], whole=bool(found["whole"]))
        if not span.whole:
            last = "" if span.last == span.first else f"-{span.last}"
            self.on = f"{self.job}.{span.first}{last}"
        self.now = self._now(server, span)

    @staticmethod
    def _now(server: Server, span: Span) -> str | None:
        return job_state(tasks.count(server.db, span)) if forgetting.is_known(server.db, span.job) else None

    @property
    def what_of_it(self) -> str:
        """`job 12 (afterok): running`."""
        return f"{self._noun} ({self.kind}): {self.now or 'no longer there'}"

    @property
    def why_open(self) -> str:
        """The sentence while it is open."""
        return f"waits for {self.what_of_it}"

    @property
    def why_broken(self) -> str:
        """`job 12 failed, and afterok:12 needed it to be done`: the sentence once it cannot be met any more."""
        if self.kind == AFTERNOTOK:
            return f"{self._noun} is done, and afternotok:{self.on} needed it not to be"
        became = _ENDED.get(self.now or "", "did not succeed")
        return f"{self._noun} {became}, and {self.kind}:{self.on} needed it to be done"

    @property
    def _noun(self) -> str:
        return f"{'task' if '-' not in self.on else 'tasks'} {self.on}" if "." in self.on else f"job {self.on}"
