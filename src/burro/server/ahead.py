"""Work handed ahead to machines that are reached by ssh, so that they go on alone; and asked back for who is idle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..link.lines import Message
from ..model.job import Needs
from ..model.placement import PLAIN, Hand
from ..model.pool import ANY, LOCAL, looser
from . import doubt
from .crew import Key, WorkerEnd
from .state import Server

AHEAD, NAMED = 200, 1000  # claims beyond its room; of jobs that name the pool
_HEAD = 64  # jobs of the line that are looked at in one turn


@dataclass(frozen=True)
class Handing:
    """So many tasks of a job to a worker beyond its room; `movable`: others could run them too."""

    end: WorkerEnd
    hand: Hand
    needs: Needs
    movable: bool
    grows: bool


def limit(server: Server, pool: str, *, named: bool) -> int:
    """How many claims beyond its room a pool's worker may have."""
    said = server.pools.number(pool, "ahead")
    if pool == LOCAL or said == 0 or (said is None and server.pools.comes(pool)):
        return 0
    return max(said or AHEAD, NAMED) if named else (said or AHEAD)


def hands(server: Server) -> Iterator[Handing]:
    """What nobody has room for now, to workers elsewhere, the one with the shortest line first."""
    ends = [end for end in server.crew if end.cpus > 0 and not end.alone]
    takers = [end for end in ends if len(end.ahead) < limit(server, end.pool, named=True)]
    if not takers:
        return
    odd = PLAIN if server.db.run("any_odd_task") else None
    doubted = doubt.doubted(server)
    for row in server.db.run("jobs_in_line", {"most": _HEAD}):
        job, cpus, mem, gpus, counters, ready, pool, time_min, most, retry = row[:10]
        needs = Needs(cpus, mem, gpus)
        if counters or time_min or (pool == ANY and any(end.left.holds(needs) for end in ends)):
            continue
        left = ready if most is None else min(ready, most)
        for end in sorted(takers, key=lambda end: len(end.held) / end.cpus):
            count = min(left, limit(server, end.pool, named=pool != ANY) - len(end.ahead))
            meant = pool == end.pool or (pool == ANY and end.pool not in doubted)
            if count > 0 and meant and end.total.holds(needs):
                left -= count
                hand = Hand(job, end.name, count, odd)
                yield Handing(end, hand, needs, movable=pool == ANY, grows=bool(retry or odd))


def note(end: WorkerEnd, keys: Iterable[Key], *, movable: bool) -> None:
    """These claims are beyond its room; `movable`: another pool could run them too."""
    end.ahead.update(dict.fromkeys(keys, movable))


def recall(server: Server) -> None:
    """Ask back what somebody idle could start at once, newest first, and no more than fits there."""
    ends = [end for end in server.crew if end.cpus > 0 and not end.alone]
    givers = sorted((end for end in ends if end.ahead), key=lambda end: -len(end.ahead))
    for idle in [end for end in ends if givers and end.left.cpus > 0 and not end.ahead]:
        room = idle.left
        for giver in givers:
            for key, name in giver.recalled.items():
                room = room.less(giver.held[key]) if name == idle.name else room
        for giver in givers:
            back = []
            for key, needs in _movable(giver):
                if room.cpus <= 0:
                    break
                if room.holds(needs):
                    room = room.less(needs)
                    back.append(key)
            if back:
                giver.recalled.update(dict.fromkeys(back, idle.name))
                server.say(giver.peer, {"op": "return", "tasks": back})


def _movable(giver: WorkerEnd) -> Iterator[tuple[Key, Needs]]:
    """What could be started elsewhere, newest first."""
    for key in reversed(giver.ahead):
        if giver.ahead[key] and key not in giver.recalled:
            yield key, giver.held[key]


def take_back(server: Server, end: WorkerEnd) -> None:
    """Its pool is to start nothing more: what it has not begun goes elsewhere."""
    waiting = [key for key in end.held if key not in end.running]
    if waiting and end.pool != LOCAL:
        server.say(end.peer, {"op": "return", "tasks": waiting})


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
