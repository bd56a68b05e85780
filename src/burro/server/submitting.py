"""Submissions: what was asked becomes jobs, once per request and per key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..base.clock import now
from ..base.failpoint import hit
from ..base.text import counted
from ..link.lines import Message
from ..model.job import Needs, NewJob
from ..model.spec import parse_submission
from ..store import dependencies, events, jobs
from . import pooling, scheduling, unseen
from .capacity import refuse_impossible
from .crew import Peer
from .grounds import refuse_strange
from .state import Server


def submit(server: Server, _peer: Peer, message: Message) -> Message:
    """One job. Raises UsageError for what cannot be, StoreTrouble where it cannot be kept."""
    pooling.look(server)
    return _add(server, message, message.get("context") or {}, _Call())


def submit_many(server: Server, _peer: Peer, message: Message) -> Message:
    """Several jobs in one transaction, all or none; each has the request's name and its place in it, or its own.

    Each may have its own `cwd`. With `asks_first` none is kept where arrays lose their records to them: these are told.
    """
    pooling.look(server)
    context, request = message.get("context") or {}, message.get("request")
    asked = [
        {**one, "request": one.get("request") if request is None else f"{request}.{place}"}
        for place, one in enumerate(message.get("jobs") or [])
    ]
    call = _Call()

    def add() -> Message:
        ids = [_add(server, one, {**context, "cwd": one.get("cwd", context.get("cwd"))}, call) for one in asked]
        if call.freed and message.get("asks_first"):
            raise _AskedFirst
        return {"ids": ids}

    if not message.get("asks_first"):
        return add()
    try:
        with server.db.part():
            return add()
    except _AskedFirst:
        server.moves.clear()
        return {"freed": list(call.freed)}


class _AskedFirst(Exception):
    """Somebody is to know of it before it is done; it was undone."""


@dataclass(frozen=True)
class _Call:
    """What was worked out for one job of a message, and holds for the others that ask the same."""

    envs: dict[str, Mapping[str, str]] = field(default_factory=dict)
    possible: set[tuple[Needs, str, float | None, bool]] = field(default_factory=set)
    freed: dict[str, None] = field(default_factory=dict)  # arrays that had failed and hold outputs of these no more


def _refuse(server: Server, new: NewJob, call: _Call, *, rooted: bool) -> None:
    """Raise UsageError where no pool can ever run this."""
    asked = (new.needs, new.pool, new.time_min, rooted)
    if asked in call.possible:
        return
    if rooted:
        refuse_strange(server, new.pool)
    refuse_impossible(server, new.needs, new.pool, time=new.time_min, rooted=rooted)
    call.possible.add(asked)


def _add(server: Server, message: Message, context: Message, call: _Call) -> Message:
    new = parse_submission(message, context, queue=server.queue, now=now(), envs=call.envs)
    new, footprint = scheduling.with_footprint(new, message)
    _refuse(server, new, call, rooted=footprint is not None and not footprint.away)
    if footprint is not None:
        unseen.refuse(server, new.pool, footprint.dataset)
    decided = dependencies.decide(server.db, dependencies.resolve(server.db, new.depends))
    env = server.environments.keep(new.env)
    if server.environments.fresh:
        server.afterwards.append(server.look_at_fresh_envs)
    waits, request = dependencies.waits(decided), message.get("request")
    added = jobs.add(server.db, new, env=env, request=request, now=now(), waits=waits)
    hints: list[str] = []
    if not added.existed:
        if footprint is not None:
            hints, freed = scheduling.reserve(server, added, new, footprint)
            call.freed.update(dict.fromkeys(freed))
        events.add(server.db, "submitted", counted(added.tasks, "task"), job=added.id, now=now())
        if decided:
            dependencies.begin(server.db, server.moves, added.id, decided, now=now())
        if new.begin is not None:
            server.dates_changed = True
        server.changed.add(added.id)
    server.wake()
    hit("submit.before_commit")
    first = server.db.run("first_index", {"job": added.id})[0][0] if added.existed else new.indices[0]
    return {
        "id": added.id,
        "tasks": added.tasks,
        "first": first,
        "single": added.single,
        "existed": added.existed,
        "notes": [*hints, *([] if server.pools.is_direct(new.pool) else new.notes)],
    }
