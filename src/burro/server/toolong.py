"""Tasks that are too long for a pool's walltime: they wait for somebody to decide, and are not repeated for ever."""

from __future__ import annotations

from collections.abc import Iterable

from ..base.clock import now
from ..base.text import format_duration
from ..model.states import WALLTIME
from ..model.walltime import was_whole
from ..store import events, jobs, tasks
from ..store.claims import End, Key
from ..store.jobs import Columns, Span
from . import walltimes
from .state import Server


def among(server: Server, pool: str, ends: Iterable[End]) -> dict[Key, End]:
    """Ends by the walltime after which another attempt would end in the same way, told as such."""
    return {one.key: _told(server, pool, one) for one in ends if _had_all(server, pool, one)}


def hold(server: Server, ends: Iterable[End]) -> None:
    """Those that would never end are held. Within the turn that took their ends."""
    for one in ends:
        server.write_moves()
        if tasks.hold(server.db, server.moves, Span(one.job, one.idx, one.idx, whole=False)).changed:
            server.changed.add(one.job)
            name = jobs.task_name(server.db, one.job, one.idx)
            events.add(server.db, "held", f"{name}: {one.reason}", job=one.job, now=now())


def _had_all(server: Server, pool: str, one: End) -> bool:
    if one.outcome != WALLTIME:
        return False
    whole = walltimes.of(server, pool)
    if whole is None or not was_whole(one.ended - one.started, whole):
        return False
    return not jobs.row(server.db, one.job)["spec"].get("warn")  # who asked to be warned goes on from where it was


def _told(server: Server, pool: str, one: End) -> End:
    had, whole = one.ended - one.started, walltimes.of(server, pool) or 0.0
    said = f"it ran for {format_duration(had)} of the {format_duration(whole)} of the pool {pool}"
    return one._replace(reason=f"{said}, which is all that it can have there")


def never(server: Server, pool: str, need: float | None) -> str | None:
    """Why a task that needs so many seconds cannot be taken in a pool, as that is set."""
    whole = walltimes.of(server, pool)
    if not need or whole is None or need <= whole:
        return None
    has = f"the pool {pool} gives {format_duration(whole)}"
    return f"it needs {format_duration(need)} and {has}; set another --time-min, or: burro pool set {pool} --time T"


def advice(server: Server, row: Columns, last: Columns) -> str | None:
    """What somebody can do for a held task whose last attempt ended so.

    None where it is held for something else, and where the pool gives more by now: then it only has to be let go.
    """
    job, pool = row["id"], last["pool"]
    ended = End(job, last["idx"], last["token"], last["outcome"], started=last["started"] or 0.0, ended=last["ended"])
    if not _had_all(server, pool, ended):
        return None
    ways = f"burro pool set {pool} --time T for a longer one, or burro set {job} --pool NAME for another"
    return f"held: {last['reason']}; {ways}, then: burro release {job}"
