"""What workers say: hello and reports. The token decides: what is not of the current claim changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import partial

from ..base.clock import now
from ..link.lines import Message
from ..model.job import Needs, counters_from
from ..model.pool import ANY, LOCAL
from ..model.states import LOST, RELEASED, RUNNING
from ..store import claims, events, jobs, workers
from ..store.claims import End, Key
from ..store.db import Row
from . import ahead, black_holes, doubt, editing, emptied, pooling, terms, toolong, unseen, unserved, walltimes
from .crew import Peer, WorkerEnd
from .grounds import ground_of
from .reasons import told_code
from .state import Server


def hello(server: Server, peer: Peer, message: Message) -> None:
    """A worker is there: record what it knows, compare what it holds with what the store says, welcome it."""
    end = _sign_in(server, peer, message)
    _record(server, end, message)
    holds = {(job, idx, token) for job, idx, token in message["holds"]}
    stays, lost = claims.settle(server.db, server.moves, worker=end.number, holds=holds)
    _lose(server, end, [row[:3] for row in lost], "its worker does not know it")
    for row in stays:
        _hand_again(server, end, row)
    comes = server.pools.comes(end.pool)
    more = terms.welcome(server, end, message) if comes else ahead.welcome(server, end) if end.places is None else {}
    server.say(peer, {"op": "welcome", **pooling.room(server, end), **more})
    server.say(peer, {"op": "ack", "seq": message["seq"]})
    fenced = holds - set(end.held)
    if server.stopping and not (server.spares and end.pool != LOCAL):
        server.say(peer, {"op": "leave", "kill": True})
    unwanted = sorted(fenced | {row[:3] for row in stays if row[6]})
    if unwanted:
        server.say(peer, {"op": "cancel", "tasks": unwanted})
    editing.remind(server, end)
    alone = unserved.note(server, end, message)
    events.add(server.db, "worker up", f"{end.name} on {end.host}, {end.cpus} cpus{alone}", now=now())
    server.crew.add(end)
    if end.pool != LOCAL:
        server.afterwards += [partial(came, end.pool) for came in server.came]


def _sign_in(server: Server, peer: Peer, message: Message) -> WorkerEnd:
    """What it has, and what that says of its pool."""
    number = workers.sign_in(server.db, message, now=now())
    end = WorkerEnd(peer, number, message, cpus=server.pools.cpus(str(message["pool"]), int(message["cpus"])))
    end.gpus = server.pools.gpus(end.pool, end.found_gpus)
    end.mem = server.pools.mem(end.pool, end.found_mem)
    if end.pool == LOCAL:
        server.found_gpus = end.found_gpus
    elif end.places is None:
        end.ground = ground_of(server, end.pool)
        walltimes.learn(server, end)
        server.pools.note(end.pool, {"cpus": end.found, "mem": end.found_mem, "gpus": end.found_gpus})
    return end


def _hand_again(server: Server, end: WorkerEnd, held: Row) -> None:
    """It has what it had before: what takes its room, and what waits there for its turn."""
    job, idx, token, state, task_cpus, mem, _cancel, gpus, counters, alone = held
    end.hand((job, idx, token), Needs(task_cpus, mem, gpus, counters_from(counters)), alone=bool(alone))
    if state == RUNNING:
        end.running.add((job, idx, token))
    elif end.pool != LOCAL and end.places is None:
        row = jobs.row(server.db, job)
        rank = ahead.rank_of(server, end.pool, priority=row["priority"], cpus=row["cpus"])
        ahead.note(end, [(job, idx, token)], rank, movable=row["pool"] == ANY)


def report(server: Server, peer: Peer, message: Message) -> None:
    """Starts, ends and released claims."""
    end = server.crew.of(peer)
    if end is None:
        peer.close()  # it was replaced, or never said hello
        return
    _record(server, end, message)
    server.say(peer, {"op": "ack", "seq": message["seq"]})


def _record(server: Server, end: WorkerEnd, message: Message) -> None:
    if message.get("leaving"):
        end.cpus, end.leaves = 0, True  # it begins nothing more
    ends = [End(*fields) for fields in message.get("ends") or []]
    released: list[Key] = [(job, idx, token) for job, idx, token in message.get("released") or []]
    starts = [tuple(start) for start in message.get("starts") or []]
    if end.ground is not None:  # names there are not names here
        ends = [one._replace(out=None, err=None) for one in ends]
        starts = [(*start[:4], None, None) for start in starts]
    never = toolong.among(server, end.pool, ends)
    ends = [never.get(one.key, one) for one in ends]
    begun = claims.start(server.db, server.moves, starts, worker=end.number)
    end.running |= begun
    if end.ahead:
        for key in begun:
            end.began(key)
    largest = max(end.mem, server.crew.largest)
    accepted = claims.finish(
        server.db, server.moves, ends, worker=end.number, now=now(), running=end.running, largest=largest
    )
    claims.release(server.db, server.moves, released, worker=end.number)
    blind = set(message.get("unseen") or ())
    unseen.note(server, end, blind)
    slow = {key[0] for key in released if key not in end.recalled} - blind
    server.busy.note(end, ends, accepted)
    end.drop([*(one.key for one in ends), *released])
    server.final += jobs.spans([*accepted, *released])
    _note(server, ends, accepted)
    toolong.hold(server, [one for one in never.values() if one.key in accepted])
    if begun or any(one.outcome == "exited" for one in ends):
        doubt.trust(server, end.pool)
    unseen.saw(server, end, {key[0] for key in begun})
    if server.pools.comes(end.pool):
        black_holes.note(server, end, [one for one in ends if one.key in accepted], trouble=message.get("trouble"))
    if doubt.note_unstarted(server, end, [one for one in ends if one.outcome == "not-started"]):
        ahead.take_back(server, end)
    if end.ground is not None and accepted:
        server.homing(end, accepted)
    for job in slow:
        server.pace.slowed(job)


def _note(server: Server, ends: Iterable[End], accepted: set[Key]) -> None:
    """Keep the pace; write an event for what is not everyday."""
    times: dict[int, list[float]] = defaultdict(list)
    for one in ends:
        if one.key not in accepted:
            continue
        if one.outcome == "exited":
            times[one.job].append(max(0.0, one.ended - one.started))
        else:
            how = one.reason or ("" if one.code is None else told_code(one.code))
            detail = ": ".join(part for part in (jobs.task_name(server.db, one.job, one.idx), how) if part)
            events.add(server.db, one.outcome, detail, job=one.job, now=now())
        server.dates_changed = server.dates_changed or bool(one.code) or one.outcome != "exited"
    for job, durations in times.items():
        server.pace.saw(job, durations)


def _lose(server: Server, end: WorkerEnd, keys: Iterable[Key], reason: str) -> None:
    ends = [_lost(key, reason) for key in keys]
    accepted = claims.finish(server.db, server.moves, ends, worker=end.number, now=now())
    server.final += jobs.spans(accepted)
    _note(server, ends, accepted)


def _lost(key: Key, reason: str, *, outcome: str = LOST) -> End:
    job, idx, token = key
    return End(job, idx, token, outcome, started=now(), ended=now(), reason=reason)


def lose_all(server: Server, number: int, reason: str) -> None:
    """A worker is gone for good and nothing of it is left: what it held is lost, or given back.

    Also what it was not known to have begun may have run there, so the next attempt has a number and files of its own.
    """
    held = {(job, idx, token): state for job, idx, token, state in claims.held(server.db, worker=number)}
    ends = [_lost(key, reason) for key, state in held.items() if state == RUNNING]
    unsure = f"{reason}; whether it had begun is not known"
    ends += [_lost(key, unsure, outcome=RELEASED) for key, state in held.items() if state != RUNNING]
    claims.finish(server.db, server.moves, ends, worker=number, now=now())
    workers.mark(server.db, number, workers.GONE)


def gone(server: Server, peer: Peer) -> None:
    """A worker's connection ended: it is away until it comes back, and keeps what it holds."""
    end = server.crew.of(peer)
    if end is None:
        return
    server.crew.remove(end)
    emptied.note(server, end)
    workers.mark(server.db, end.number, workers.AWAY)
    events.add(server.db, "worker away", end.name, now=now())
