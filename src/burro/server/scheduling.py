"""Scheduled jobs: what they write is reserved in the transaction of their submission, and freed once it is recorded."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from ..base.clock import now
from ..base.errors import UsageError
from ..link.lines import Message
from ..model.footprint import ROOT, WHOLE, Footprint, meet, normal, parse_footprint
from ..model.job import NewJob
from ..model.patterns import expand, letters_of
from ..model.repositories import Repository, repositories
from ..model.states import CANCELLED, FAILED, FINAL, SKIPPED, STATES, job_state
from ..store import events, jobs, neighbours, scheduled
from ..store.jobs import Added
from ..store.neighbours import Holder
from ..store.scheduled import Part
from .state import Server
from .stays import forget_stays

_HINTS = 3
_LOST = frozenset({FAILED, CANCELLED, SKIPPED})


def with_footprint(new: NewJob, message: Message) -> tuple[NewJob, Footprint | None]:
    """A new job and what it writes, if that is to be recorded; its worker makes way for that. Raises UsageError."""
    if message.get("provenance") is None:
        return new, None
    made = parse_footprint(message["provenance"])
    if made.apart and new.single:
        raise UsageError("{i} in an output is the index of a task, and this job has no --array; leave one of them out")
    up = os.path.relpath(made.dataset, new.spec["dir"])
    paths, reads = (_seen_from(up, some) for some in (made.writes, made.reads))
    way = {"paths": paths, "overwrite": made.overwrite, "index": not new.single, "own": new.single or made.apart}
    if made.alternative:
        way |= {"alternative": made.alternative, "reads": reads, "root": up}
    elif made.overwrite == "replace":
        kept = [
            path for path, read in zip(reads, made.reads, strict=True) if any(meet(read, one) for one in made.writes)
        ]
        way |= {"kept": kept} if kept else {}
    if made.sees is not None and made.away is None:
        way |= {"sees": list(made.sees)}
    if made.below:
        way |= {"below": True}
    if made.away is not None:
        way |= {"away": made.away, "reads": reads, "root": up, "pwd": os.path.relpath(new.spec["dir"], made.dataset)}
    return replace(new, spec={**new.spec, "outputs": way}), made


def _seen_from(up: str, paths: Sequence[str]) -> list[str]:
    """Paths of a repository, as they are called where its root is `up`."""
    return list(paths) if up == ROOT else [os.path.normpath(os.path.join(up, path)) for path in paths]


class Reserved(NamedTuple):
    """Hints on what a new job reads; and arrays with outputs in common that had failed and hold its own no more."""

    hints: list[str]
    freed: list[str]


def reserve(server: Server, added: Added, new: NewJob, footprint: Footprint) -> Reserved:
    """Reserve what a new job writes. Raises UsageError where somebody else writes that.

    What belongs to a job that failed is taken over: its record is dropped.
    """
    footprint = footprint.folded()
    logs = list(_logs(added, new, footprint))
    apart = [footprint.of_task(idx) for idx in new.indices] if footprint.apart else []
    whole = logs if footprint.apart else [*footprint.writes, *logs]
    freed = [name for paths in (*apart, whole) for name in _take(server, added.id, footprint, paths)]
    scheduled.add(server.db, added.id, footprint, indices=list(new.indices), logs=logs)
    return Reserved(_hints(server, added.id, new, footprint), freed)


def _take(server: Server, job: int, footprint: Footprint, paths: Sequence[str]) -> Iterator[str]:
    """Make sure that nobody who may still write these, or has, holds them; arrays that lost their record for that."""
    for there in repositories(footprint, paths):
        if neighbours.is_near(server.db, there.root, there.paths, job=job):
            for path in there.paths:
                yield from _take_one(server, job, there, path, dataset=footprint.dataset)


def _take_one(server: Server, job: int, there: Repository, path: str, *, dataset: str) -> Iterator[str]:
    name = there.seen_from_above(path)
    while holder := _first(server, job, there.root, path):
        state = state_of(server, holder.part)
        if state not in _LOST:
            theirs = _theirs(server, holder, path, dataset)
            raise UsageError(_refusal(part_name(server, holder.part), theirs, name, state))
        scheduled.free(server.db, holder.part, scheduled.DROPPED)
        server.afterwards.append(partial(forget_stays, server.queue, holder.part))
        detail = f"{name} is written by job {job} now"
        events.add(server.db, "record dropped", detail, job=holder.part.job, now=now())
        if holder.part.idx == WHOLE and not jobs.row(server.db, holder.part.job)["single"]:
            yield str(holder.part.job)


def _first(server: Server, job: int, dataset: str, path: str) -> Holder | None:
    for holder in neighbours.holders(server.db, dataset, path, job=job):
        return holder
    return None


def _theirs(server: Server, holder: Holder, path: str, dataset: str) -> str:
    """What it is called where they scheduled it, if that is otherwise."""
    said = scheduled.said(server.db, holder.part.job)
    elsewhere = f", scheduled in {said.dataset}" if said and said.dataset != dataset else ""
    return f" (as {holder.path}{elsewhere})" if elsewhere or holder.path != path else ""


def _refusal(name: str, theirs: str, path: str, state: str) -> str:
    if state in FINAL:
        return f"{path} was written by job {name}{theirs}, which is not recorded yet; run: burro finish {name}"
    return f"{path} is to be written by job {name}{theirs}, which is {state}; wait for it and finish it, or cancel it"


def refuse_again(server: Server, job: int) -> None:
    """Raise UsageError where a job may not run again, since what it wrote is recorded, or somebody else's now."""
    for part, state, made in scheduled.records(server.db, job):
        if state == scheduled.OPEN:
            continue
        name = part_name(server, part)
        why = f"is recorded in commit {made[:10]}" if made else "is not to be recorded, or is somebody else's to write"
        raise UsageError(f"what job {name} wrote {why}; run it anew: burro reschedule {name}")


def part_name(server: Server, part: Part) -> str:
    """`12`, or `12.3` of a task."""
    return str(part.job) if part.idx == WHOLE else jobs.task_name(server.db, part.job, part.idx)


def state_of(server: Server, part: Part) -> str:
    """Where a part stands: a job as such by all of its tasks."""
    if part.idx != WHOLE:
        return scheduled.task_state(server.db, part)
    row = jobs.row(server.db, part.job)
    return job_state({state: int(row[state]) for state in STATES})


def _logs(added: Added, new: NewJob, footprint: Footprint) -> Iterable[str]:
    """The files of the job's own output as far as their names are known before it runs; those in the repository."""
    spec = new.spec
    letters = letters_of(spec, job=added.id, idx=0, number=1, host="*")
    if not new.single:
        letters["a"] = "*"
    for name in {spec["out"], spec["err"]} - {None, os.devnull}:
        path = os.path.join(spec["dir"], expand(name, letters))
        if path.startswith(footprint.dataset + "/"):
            found = normal(path, root=footprint.dataset, here="/")
            yield found.casefold() if footprint.caseless else found


def _hints(server: Server, job: int, new: NewJob, footprint: Footprint) -> list[str]:
    """What this job reads and another is still to write."""
    waits = {one.on for one in new.depends}
    found: dict[int, str] = {}
    for there in repositories(footprint, footprint.reads):
        if neighbours.is_near(server.db, there.root, there.paths, job=job):
            for path in there.paths:
                for holder in neighbours.holders(server.db, there.root, path, job=job):
                    found.setdefault(holder.part.job, there.seen_from_above(path))
    return [
        f"job {other} writes {path}, which this one reads; to start after it: --dependency afterok:{other}"
        for other, path in list(found.items())[:_HINTS]
        if str(other) not in waits
    ]
