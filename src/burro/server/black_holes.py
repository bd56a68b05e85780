"""Nodes that eat work: where no task can be started, or each fails at once, while others of the pool do the same well.

It is the node only where another worker of the pool has done better with the same job; else it may be the job.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..store.claims import End
from . import left_out
from .crew import WorkerEnd
from .state import Server

MANY = 10  # tasks in a row
_AT_ONCE = 10.0  # seconds


def note(server: Server, end: WorkerEnd, ends: Iterable[End], *, trouble: object) -> None:
    """These attempts of a worker that came to us have ended; `trouble`: why it can begin nothing. Within a turn."""
    if trouble:
        left_out.send_away(server, end, str(trouble))
    for one in ends:
        if one.outcome == "exited" and one.code == 0:
            end.well.add(one.job)
            end.failed_at_once.clear()
        elif _was_at_once(one):
            end.failed_at_once.append((one.job, _how(one)))
    if len(end.failed_at_once) < MANY:
        return
    of_others = set().union(*(other.well for other in server.crew.in_pool(end.pool) if other is not end))
    here = [(job, how) for job, how in end.failed_at_once if job in of_others]
    if len(here) >= MANY:
        left_out.send_away(server, end, f"{MANY} tasks in a row ended at once there, and not elsewhere: {here[-1][1]}")
    end.failed_at_once = end.failed_at_once[-MANY:]


def _was_at_once(one: End) -> bool:
    if one.outcome == "not-started":
        return True
    return one.outcome in ("exited", "signalled") and one.ended - one.started < _AT_ONCE


def _how(one: End) -> str:
    if one.outcome == "not-started":
        return one.reason or "it could not be started"
    return f"exit code {one.code}" if one.code is not None and one.code >= 0 else f"signal {-(one.code or 0)}"
