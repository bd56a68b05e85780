"""Pools whose tasks are a scheduler's own jobs, as people see them."""

from __future__ import annotations

from ..base.clock import iso
from ..base.text import counted
from ..link.lines import Message
from ..model.direct import DIRECT
from ..model.growth import GROWTH
from ..model.pool import SCHEDULER, SSH
from ..store import handed
from ..store.jobs import Span
from .crew import Key, WorkerEnd
from .state import Server

ENTRIES = (*GROWTH, *DIRECT)  # of any pool of a scheduler
_SHOWN = (*DIRECT, "time", "options", "env", "before", "lease", "python")


def view(server: Server, pool: str) -> Message:
    """What only such a pool has to show."""
    values, reached = server.pools.values(pool), server.reached(pool)
    return {
        "kind": values[SCHEDULER],
        "host": values.get(SSH),
        "error": None if reached.error is None else {"text": reached.error, "at": iso(reached.since)},
        "nodes": sorted({row["node"] for row in handed.live(server.db, pool) if row["node"]}),
        "allocations": summary(server, pool),
        **{name: values.get(name) for name in _SHOWN},
    }


def summary(server: Server, pool: str) -> str:
    """Its tasks that are with the scheduler, in one line; empty where there are none."""
    ends = server.crew.in_pool(pool)
    running = sum(len(end.running) for end in ends)
    waiting = sum(len(end.held) for end in ends) - running
    reason = next((text for end in ends for text in end.notes.values() if text), "")
    parts = [f"{counted(running, 'task')} {'runs' if running == 1 else 'run'}"] if running else []
    if waiting:
        parts.append(f"{waiting} asked for{f' ({reason})' if reason else ''}")
    return "; ".join(parts)


def why_full(server: Server, end: WorkerEnd) -> str:
    """Why it takes no more tasks now."""
    error = server.reached(end.pool).error
    if error is not None:
        return f"the pool {end.pool} takes no more for now: {error}"
    return (
        f"the pool {end.pool} has {len(end.held)} tasks with its scheduler, as many as it may (max_jobs, max_pending)"
    )


def told(server: Server, end: WorkerEnd, key: Key) -> str | None:
    """What a claim waits for, and what its scheduler calls it; None where there is nothing to say."""
    note = end.notes.get(key)
    if end.places is None or key in end.running:
        return note
    number = handed.id_of(server.db, key)
    if number is None:
        return note
    return f"{note or 'it waits'}; its scheduler calls it {number}"


def given(server: Server, span: Span) -> int:
    """How many tasks of a span schedulers have as jobs of their own."""
    pools = {end.pool for end in server.crew if end.places is not None and any(key[0] == span.job for key in end.held)}
    rows = [row for pool in pools for row in handed.live(server.db, pool)]
    return sum(row["job"] == span.job and span.first <= row["idx"] <= span.last for row in rows)


def note_of(server: Server, job: int) -> str | None:
    """What claims of a job wait for that have not begun; None where nobody said so."""
    return next((end.said[job] for end in server.crew if job in end.said), None)
