"""Records that are not written yet: what is known of each, and that one has been written, or never will be."""

from __future__ import annotations

import glob
import os
from functools import partial
from typing import Any

from ..base.clock import iso, now
from ..base.errors import NotFound, UsageError
from ..base.failpoint import hit
from ..link.lines import Message
from ..model.fields import whole
from ..model.footprint import WHOLE
from ..model.patterns import expand, letters_of
from ..model.states import FINAL
from ..store import events, jobs, scheduled, settings, tasks
from ..store.jobs import Columns, Span
from ..store.scheduled import Open, Part
from . import adopted, snapshots
from .crew import Peer
from .scheduling import part_name, state_of
from .state import Server
from .stays import forget_stays, stays_of
from .views import attempt_view, selected

_PAGE = 500  # records in one answer
_ATTEMPTS = 100  # of a job as such that are told one by one


def show(server: Server, _peer: Peer, message: Message) -> Message:
    """A page of open records, those of `ids` or of all jobs of a `dataset`; `brief`: without what was said and tried.

    Of jobs that are not over nothing more is told unless it is asked for (`full`, of `ids`).
    Raises NotFound where an id names a job that was not scheduled.
    """
    if message.get("ids"):
        full = bool(message.get("full"))
        spans = selected(server, message)
        return {"records": [one for span in spans for one in _of_span(server, span, full=full)], "next": None}
    behind = Part(*(int(number) for number in message.get("after") or (0, WHOLE)))
    found = scheduled.open_parts(server.db, message.get("dataset"), behind=behind, most=_PAGE)
    rows: dict[int, Columns] = {}
    brief = bool(message.get("brief"))
    views = [_view(server, one, scheduled.OPEN, None, rows=rows, brief=brief) for one in found]
    return {"records": views, "next": list(found[-1].part) if len(found) == _PAGE else None}


def _of_span(server: Server, span: Span, *, full: bool) -> list[Message]:
    """The records of a job, also those that are written; of some tasks only theirs."""
    if scheduled.said(server.db, span.job) is None:
        raise NotFound(f"job {span.job} was submitted, not scheduled: there is nothing to record; see: burro schedule")
    rows: dict[int, Columns] = {}
    return [
        _view(server, _looked_up(server, part), state, made, rows=rows, full=full)
        for part, state, made in scheduled.records(server.db, span.job)
        if part.idx == WHOLE or span.first <= part.idx <= span.last
    ]


def _looked_up(server: Server, part: Part) -> Open:
    told = scheduled.said(server.db, part.job)
    assert told is not None  # a record has a row of its job in `scheduled`
    name = str(jobs.row(server.db, part.job)["name"])
    return Open(part, part_name(server, part), name, state_of(server, part), told.dataset, told.asked)


def _view(
    server: Server,
    one: Open,
    record: str,
    made: str | None,
    *,
    rows: dict[int, Columns],
    brief: bool = False,
    full: bool = False,
) -> Message:
    part = one.part
    found: Message = {
        "id": one.id,
        "task": None if part.idx == WHOLE else part.idx,
        "job": part.job,
        "name": one.name,
        "state": one.state,
        "over": one.state in FINAL,
        "record": record,
        "made": made,
        "dataset": one.dataset,
        "asked": one.asked,
    }
    if brief or not (full or one.state in FINAL or adopted.is_one(one.asked)):
        return found
    if part.job not in rows:
        rows[part.job] = jobs.row(server.db, part.job)
    row = rows[part.job]
    queue = settings.get(server.db, "queue_id") or ""
    around = {"queue": queue, "submitted": iso(row["submitted"]), "pool": row["pool"]}
    if part.idx == WHOLE and not row["single"]:  # not all of its attempts may be told
        around |= {"started": iso(row["started"]), "ended": iso(row["ended"])}
    stays = stays_of(server.queue, part) if one.asked.get("stay") else {}
    return {**found, **around, **stays, "attempts": _attempts(server, part, row), "logs": _logs(part, row)}


def _attempts(server: Server, part: Part, row: Columns) -> list[dict[str, Any]]:
    one = part.idx != WHOLE
    span = Span(part.job, part.idx, part.idx, whole=False) if one else Span(part.job)
    _, attempts = tasks.read(server.db, span, most=_ATTEMPTS)
    told = any(attempt["told"] for several in attempts.values() for attempt in several)
    said = snapshots.snapshots(server, span) if told else {}
    cpus = {"cpus": row["cpus"], "gpus": row["gpus"]}
    found = []
    for idx, several in attempts.items():
        for attempt in several:
            view = attempt_view(row, idx, attempt)
            words = said.get((idx, attempt["token"]))
            view["said"] = None if words is None else snapshots.told(words, view)
            found.append({**view, **cpus, "task": None if one or row["single"] else idx})
    return found


def _logs(part: Part, row: Columns) -> list[str] | None:
    """Patterns for the files of all attempts, where these are too many to be told one by one."""
    if part.idx != WHOLE or row["tasks"] <= _ATTEMPTS:
        return None
    spec, any_of = row["spec"], "\0"
    letters = letters_of(spec, job=part.job, idx=0, number=0, host=any_of) | {"a": any_of, "t": any_of}
    found = []
    for pattern in sorted({spec["out"], spec["err"]} - {None, os.devnull}):
        first = glob.escape(os.path.join(spec["dir"], expand(pattern, letters))).replace(any_of, "*")
        found += [first] if "%t" in pattern else [first, f"{first}.[0-9]*"]
    return found


def close(server: Server, _peer: Peer, message: Message) -> Message:
    """Records were written (`made`: the commit), or are not to be: what their jobs had reserved is free. Each once.

    Raises UsageError for what is no record.
    """
    changed = 0
    for one in message.get("records") or []:
        part = _part(one)
        if scheduled.said(server.db, part.job) is None:
            raise UsageError(f"there is no record of job {part.job}")
        made = one.get("made")
        state = scheduled.FINISHED if one.get("finished") else scheduled.DROPPED
        if scheduled.free(server.db, part, state, None if made is None else str(made)):
            changed += 1
            adopted.let_go(server, part)
            server.afterwards.append(partial(forget_stays, server.queue, part))
            events.add(server.db, f"record {state}", str(made or ""), job=part.job, now=now())
    hit("recorded.before_commit")
    return {"changed": changed}


def _part(one: Message) -> Part:
    idx = one.get("task")
    return Part(whole(one.get("job"), "job", least=1), WHOLE if idx is None else whole(idx, "task", least=0))
