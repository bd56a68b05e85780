"""Jobs that Slurm runs and another program has submitted: ours stands for its record, is held, and goes with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..base.clock import now
from ..base.errors import UsageError
from ..store import events, scheduled, tasks
from ..store.jobs import Span
from ..store.scheduled import Part
from .state import Server

_KEY = "slurm_job"  # of what was asked when it was scheduled


def is_one(asked: Mapping[str, Any]) -> bool:
    """Whether what was asked is of such a job."""
    return _KEY in asked


def let_go(server: Server, part: Part) -> None:
    """Its record is written, or will never be: nothing is left that it is held for."""
    told = scheduled.said(server.db, part.job)
    if told is None or not is_one(told.asked):
        return
    span = Span(part.job)
    if tasks.cancel(server.db, server.moves, span).changed:
        server.write_moves()
        server.final.append(span)
        events.add(server.db, "cancelled", f"Slurm ran it, as its job {told.asked[_KEY]}", job=part.job, now=now())


def refuse_release(server: Server, job: int) -> None:
    """Raise UsageError where there is nothing to run."""
    told = scheduled.said(server.db, job)
    if told is not None and is_one(told.asked):
        raise UsageError(
            f"job {job} is job {told.asked[_KEY]} of Slurm, which runs it; record it with: burro finish {job}"
        )
