"""Allocations as people see them: the last ones, and those of a pool in one line."""

from __future__ import annotations

from ..base.clock import iso, now
from ..base.text import counted, spoken_duration
from ..link.lines import Message
from ..store import allocations
from ..store.jobs import Columns
from .crew import Peer
from .state import Server
from .usage import Runs

_SHOWN = 1000  # the last ones


def show(server: Server, _peer: Peer, _message: Message) -> Message:
    """The last allocations, newest first."""
    rows = allocations.listed(server.db, most=_SHOWN)
    runs = Runs(server)
    return {"allocations": [_view(row, runs) for row in rows]}


def _view(row: Columns, runs: Runs) -> Message:
    return {
        "pool": row["pool"],
        "id": row["id"],
        "mark": row["mark"],
        "state": row["stage"],
        "reason": row["why"] or row["reason"] or None,
        "size": row["size"],
        "nodes": [node for node in row["nodes"].split(",") if node],
        "cpus": row["cpus"],
        **{name: iso(row[name]) for name in ("asked", "started", "ends", "ended")},
        **runs.of(row),
    }


def of_pool(server: Server, pool: str) -> Message:
    """What `pools` shows of a pool whose workers come: its allocations by how far they are, its cores."""
    running, waiting = _apart(server, pool)
    ends = [row["ends"] for row in running if row["ends"]]
    said = server.pools.number(pool, "cpus")
    found = [end.found if said is None else said for end in server.crew.in_pool(pool)]
    return {
        "nodes": sorted({end.host for end in server.crew.in_pool(pool)}),
        "allocations": summary(server, pool),
        "allocated": {
            "running": len(running),
            "waiting": len(waiting),
            "reason": next((row["reason"] for row in waiting if row["reason"]), None),
            "ends": iso(min(ends, default=None)),
        },
        "busy_last_hour": Runs(server).last_hour(pool),
        **({"cpus": sum(found)} if found else {}),
    }


def _apart(server: Server, pool: str) -> tuple[list[Columns], list[Columns]]:
    """Those of a pool that run, and those that are asked for."""
    rows = [row for row in allocations.live(server.db) if row["pool"] == pool]
    waiting = [row for row in rows if row["stage"] in (allocations.ASKING, allocations.WAITING)]
    return [row for row in rows if row not in waiting and row["stage"] != allocations.ENDING], waiting


def _left_until(moment: float) -> str:
    left = max(0.0, moment - now())
    unit = 60 if left < 7200 else 3600
    return spoken_duration(unit * round(left / unit))


def summary(server: Server, pool: str) -> str:
    """Those of a pool in one line; empty where there are none."""
    running, waiting = _apart(server, pool)
    parts = []
    if running:
        ends = min((row["ends"] for row in running if row["ends"]), default=None)
        left = "" if ends is None else f", the first ends in {_left_until(ends)}"
        parts.append(f"{counted(len(running), 'allocation')} {'runs' if len(running) == 1 else 'run'}{left}")
    if waiting:
        reason = next((row["reason"] for row in waiting if row["reason"]), "")
        parts.append(f"{len(waiting)} asked for{f' ({reason})' if reason else ''}")
    return "; ".join(parts)
