"""Tasks that are too long for a pool's walltime: they wait for somebody to decide, and are not repeated for ever."""

from __future__ import annotations

from collections.abc import Iterable

from ..base.clock import now
from ..base.text import format_duration
from ..model.states import WALLTIME
from ..model.walltime import was_whole
from ..store import events, jobs, tasks
from ..store.claims import End
from ..store.jobs import Span
from . import walltimes
from .crew import WorkerEnd
from .state import Server

_WHOLE = "which is all that it can have there"  # by these words an end is known again


def explained(server: Server, end: WorkerEnd, one: End) -> End:
    """An end by the walltime, told as such where another attempt would end in the same way."""
    if one.outcome != WALLTIME:
        return one
    whole, had = walltimes.of(server, end.pool), one.ended - one.started
    if whole is None or not was_whole(had, whole) or jobs.row(server.db, one.job)["spec"].get("warn"):
        return one  # who asked to be warned goes on from where it was
    return one._replace(
        reason=f"it ran for {format_duration(had)} of the {format_duration(whole)} of the pool {end.pool}, {_WHOLE}"
    )


def hold(server: Server, ends: Iterable[End]) -> None:
    """Those that would never end are held. Within the turn that took their ends."""
    for one in ends:
        if one.outcome == WALLTIME and _WHOLE in (one.reason or ""):
            server.write_moves()
            if tasks.hold(server.db, server.moves, Span(one.job, one.idx, one.idx, whole=False)).changed:
                server.changed.add(one.job)
                name = jobs.task_name(server.db, one.job, one.idx)
                events.add(server.db, "held", f"{name}: {one.reason}", job=one.job, now=now())


def never(server: Server, pool: str, need: float | None) -> str | None:
    """Why a task that needs so many seconds cannot be taken in a pool, as that is set."""
    whole = walltimes.of(server, pool)
    if not need or whole is None or need <= whole:
        return None
    has = f"the pool {pool} gives {format_duration(whole)}"
    return f"it needs {format_duration(need)} and {has}; set another --time-min, or: burro pool set {pool} --time T"


def advice(pool: str | None, job: int, reason: str | None) -> str | None:
    """What somebody can do for a held task whose last attempt ended so; None where it is held for something else."""
    if _WHOLE not in (reason or ""):
        return None
    ways = f"burro pool set {pool} --time T for a longer one, or burro set {job} --pool NAME for another"
    return f"held: {reason}; {ways}, then: burro release {job}"
