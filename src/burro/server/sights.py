"""What a scheduler says of allocations is taken: how far they are, that they ended, whom they took down. In a turn."""

from __future__ import annotations

from collections.abc import Mapping

from ..base.clock import now
from ..pools.following import may_ask_again
from ..pools.scheduler import Sight, Stage
from ..store import allocations, events
from ..store.jobs import Columns
from . import left_out
from .reporting import lose_all
from .state import Server

_QUICK = 120.0  # seconds: who ended so soon, before a worker of it came, will not do better the next time

Looks = dict[str, list[float]]  # mark -> when its scheduler told of others, and not of it


def take(server: Server, rows: list[Columns], found: Mapping[str, Sight], looks: Looks) -> dict[str, str]:
    """What a scheduler told of these; for each pool whose allocations are of no use, why."""
    bad: dict[str, str] = {}
    asked_of = {row["mark"] for row in rows}
    for row in (row for row in allocations.live(server.db) if row["mark"] in asked_of):
        sight = found.get(row["mark"])
        if sight is None:
            _miss(server, row, looks)
            continue
        looks.pop(row["mark"], None)
        if sight.stage is Stage.ENDED:
            _end(server, row, sight.reason or "it ended", dead=sight.dead, sight=sight)
        elif sight.stage is Stage.UNKNOWN:
            allocations.note_reason(server.db, row["mark"], sight.reason)
        else:
            _note(server, row, sight)
        if _came_to_nothing(row, sight):
            why = _in_vain(server, sight)
            if left_out.ended_at_once(server, row["pool"], sight.nodes, why):
                bad[row["pool"]] = why
    return bad


def _came_to_nothing(row: Columns, sight: Sight) -> bool:
    """Whether it is seen for the first time that it ends, soon after its start and without a worker.

    One that is ending counts at once: when its nodes are free of it the next has long been asked for.
    """
    if row["came"] or row["stage"] == allocations.ENDING or sight.stage not in (Stage.ENDING, Stage.ENDED):
        return False
    began = sight.starts_at or row["started"]
    ended = sight.ends_at if sight.stage is Stage.ENDED else None
    return began is not None and (ended or now()) - began < _QUICK


def _in_vain(server: Server, sight: Sight) -> str:
    why = f": {sight.reason or 'it ended'}" if sight.stage is Stage.ENDED else ""
    said = f"what it said is in {server.queue}/nodes/{sight.id}.log"
    return f"allocation {sight.id} ended before a worker of it came{why}; {said}"


def _note(server: Server, row: Columns, sight: Sight) -> None:
    keeps = row["stage"] == allocations.ENDING and sight.stage is Stage.WAITING  # it is being taken back
    allocations.note(
        server.db,
        {
            "mark": row["mark"],
            "id": sight.id,
            "stage": allocations.ENDING if keeps else sight.stage.value,
            "reason": row["reason"] if keeps else sight.reason,
            "nodes": ",".join(sight.nodes),
            "cpus": sight.cpus,
            "started": sight.starts_at if sight.stage.has_nodes else None,
            "ends": sight.ends_at,
        },
    )
    for end in server.crew.in_pool(row["pool"]):
        if end.allocation == row["mark"] and sight.ends_at not in (None, end.until):
            end.until = sight.ends_at
            server.say(end.peer, {"op": "until", "at": sight.ends_at})
    if sight.stage is Stage.RUNNING and row["stage"] != Stage.RUNNING:
        text = f"{row['pool']}: {sight.id} on {', '.join(sight.nodes)}"
        events.add(server.db, "allocation started", text, now=now())


def _miss(server: Server, row: Columns, looks: Looks) -> None:
    """Nobody has a word of it. That proves nothing yet; in the end it was never taken, or is long gone."""
    seen = looks.setdefault(row["mark"], [])
    seen.append(now())
    asked = row["asked"] if row["id"] is None else seen[0]
    if not may_ask_again(asked_at=asked, looks=seen):
        return
    del looks[row["mark"]]
    if row["id"] is None:
        allocations.drop(server.db, row["mark"])
    else:
        _end(server, row, "its scheduler does not know it any more", dead=False)


def _end(server: Server, row: Columns, why: str, *, dead: bool, sight: Sight | None = None) -> None:
    facts = {"mark": row["mark"], "now": now(), "why": why, "dead": dead}
    more = {"id": None, "started": None} if sight is None else {"id": sight.id, "started": sight.starts_at}
    allocations.end(server.db, {**facts, **more})
    events.add(server.db, "allocation ended", f"{row['pool']}: {row['id'] or (sight and sight.id)}: {why}", now=now())


def give_up_dead(server: Server) -> None:
    """What workers held is lost whose allocation is gone for certain; one that is connected tells by itself."""
    for worker in allocations.dead_workers(server.db):
        if worker["name"] not in server.crew.by_name:
            lose_all(server, worker["id"], f"its allocation {worker['allocation']} is over: {worker['why']}")
    server.write_moves()
