"""What waits at machines elsewhere and at nodes, so that they go on alone; and what of it is asked back for others.

It is in the order of its rank there, and of its coming within that. So what comes later and goes first only needs a
place there; what is beyond the limit then is asked back from the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..link.lines import Message
from ..model.job import Needs
from ..model.lease import looser
from ..model.pool import LOCAL, MCF
from ..model.walltime import FOR_EVER
from ..store import jobs
from . import doubt, unseen, walltimes
from .crew import Key, Rank, WorkerEnd
from .grounds import is_rooted
from .state import Server

AHEAD, NAMED = 200, 1000  # claims beyond its room; of jobs that name the pool
WORK = 1800.0  # seconds of work beyond its room, of a worker that comes to us


def limit(server: Server, pool: str, *, named: bool) -> int:
    """How many claims beyond its room a pool's worker may have."""
    if pool == LOCAL or server.pools.is_direct(pool) or seconds(server, pool) == 0:
        return 0
    said = server.pools.number(pool, "ahead")
    if said == 0:
        return 0
    return max(said or AHEAD, NAMED) if named else (said or AHEAD)


def seconds(server: Server, pool: str) -> float | None:
    """How much work beyond its room a pool's worker may have, where that goes by the time that tasks take."""
    said = server.pools.value(pool, "ahead")
    if said is None and server.pools.comes(pool):
        return WORK
    return said if isinstance(said, float) else None


def rank_of(server: Server, pool: str, *, priority: int, cpus: int) -> Rank:
    """Where a task goes in the line of a pool."""
    return (priority, cpus) if server.pools.policy(pool) == MCF else (priority,)


def note(end: WorkerEnd, keys: Iterable[Key], rank: Rank, *, movable: bool) -> None:
    """These claims are beyond its room; `movable`: another pool could run them too."""
    for key in keys:
        end.waits(key, rank, movable=movable)


def ask_back(server: Server, end: WorkerEnd, keys: Iterable[Key], *, name: str = "") -> None:
    """Have claims given back that are not begun, for the worker of this name; none is asked for twice."""
    back = [key for key in keys if key not in end.recalled]
    if back:
        end.recalled.update(dict.fromkeys(back, name))
        server.say(end.peer, {"op": "return", "tasks": back})


def recall(server: Server) -> None:
    """Ask back what somebody idle could start at once, newest first, and no more than fits there."""
    ends = [end for end in server.crew if end.places is None and end.cpus > 0 and not end.alone]
    givers = sorted((end for end in ends if end.ahead), key=lambda end: -len(end.ahead))
    if not givers:
        return
    for giver in givers:
        _trim(server, giver)
    doubted = doubt.doubted(server)
    for idle in [end for end in ends if end.left.cpus > 0 and not end.ahead and end.pool not in doubted]:
        if idle.name not in server.kept:  # else it would not get it
            _recall_for(server, idle, givers)


def _trim(server: Server, giver: WorkerEnd) -> None:
    """What went before others may have made it too many: the last in line go back."""
    over = len(giver.ahead) - len(giver.recalled) - limit(server, giver.pool, named=True) if giver.has_ranks else 0
    if over > 0:
        waiting = [key for key in reversed(giver.ahead) if key not in giver.recalled]
        waiting.sort(key=lambda key: giver.ahead[key][1])
        ask_back(server, giver, waiting[:over])


def _recall_for(server: Server, idle: WorkerEnd, givers: list[WorkerEnd]) -> None:
    room, stay = idle.left, walltimes.stay(server, idle)
    newest = next((key for giver in givers for key, _ in _movable(giver, idle)), None)
    if newest is not None:
        room = room.times(server.pace.ahead(newest[0]))  # of short tasks as many as it would be handed
    for giver in givers:
        for key, name in giver.recalled.items():
            room = room.less(giver.held[key]) if name == idle.name else room
    for giver in givers:
        back = []
        for key, needs in _movable(giver, idle):
            if not stay.fits(None if stay is FOR_EVER else _need(server, key[0])):
                continue
            if room.cpus <= 0:
                break
            if _is_out_of_sight(server, idle, giver, key[0]):
                continue
            if room.holds(needs):
                room = room.less(needs)
                back.append(key)
        ask_back(server, giver, back, name=idle.name)


def _is_out_of_sight(server: Server, idle: WorkerEnd, giver: WorkerEnd, job: int) -> bool:
    """Whether the repository of a job is not where another worker is."""
    far = idle.ground is not None and giver.ground is None
    return (far and is_rooted(server, job)) or unseen.misses(server, idle, job)


def _movable(giver: WorkerEnd, idle: WorkerEnd) -> Iterator[tuple[Key, Needs]]:
    """What could be started by another worker, newest first."""
    for key in reversed(giver.ahead):
        if (giver.ahead[key][0] or giver.pool == idle.pool) and key not in giver.recalled:
            yield key, giver.held[key]


def _need(server: Server, job: int) -> float | None:
    found: float | None = jobs.row(server.db, job)["time_min"]
    return found


def take_back(server: Server, end: WorkerEnd) -> None:
    """Its pool is to start nothing more: what it has not begun goes elsewhere."""
    waiting = [key for key in end.held if key not in end.running]
    if waiting and end.pool != LOCAL:
        server.say(end.peer, {"op": "return", "tasks": waiting})


def take_back_job(server: Server, job: int) -> None:
    """It is another one now, or goes elsewhere in the line: what waits of it at machines comes again."""
    for end in server.crew:
        ask_back(server, end, [key for key in end.ahead if key[0] == job])
        if end.pool != LOCAL and job in end.heard_jobs:
            end.changed_jobs.add(job)


def welcome(server: Server, end: WorkerEnd) -> Message:
    """What its welcome says beside its room: what was handed ahead is kept for ever, and when it ends what it has.

    Until it is known to have heard of another lease, the one that ends later is believed in. Within a turn.
    """
    if end.pool == LOCAL:
        return {}
    lease, facts = server.pools.value(end.pool, "lease") or None, server.pools.facts(end.pool)
    known = facts.get("lease")
    assert lease is None or isinstance(lease, (int, float))
    server.pools.note(end.pool, {"lease": looser(known, lease)})
    return {"lease": lease, **({"keep": None} if limit(server, end.pool, named=True) else {})}
