"""Handing out work: what placement decides, the store claims and a message carries."""

from __future__ import annotations

from collections import defaultdict

from ..base.clock import steady
from ..link.lines import Message
from ..model.job import Needs
from ..model.placement import PATIENCE, Hand, Odd, Waiting, place
from ..model.pool import ANY
from ..store import claims, jobs
from . import ahead, beyond, doubt, unseen, walltimes
from .crew import Key, WorkerEnd
from .introducing import introduce
from .line import Line, LineOf
from .state import Server


def hand_out(server: Server) -> None:
    """Give ready work to workers that have room. Part of the turn: the messages go out after the commit."""
    if server.down or server.draining or server.stopping:
        return
    messages: dict[str, Message] = {}
    server.kept.clear()
    for policy in sorted({server.pools.policy(end.pool) for end in server.crew}):
        ours = [end for end in server.crew if server.pools.policy(end.pool) == policy]
        ends = [end for end in ours if end.places is None and not end.alone]
        if ends:
            _walk(server, Line(server, ends, policy), ends, messages)
    for end in server.crew:
        if end.places is not None and end.left.cpus > 0:
            _walk(server, LineOf(server, end), [end], messages)
    if server.pools.remote or server.pools.coming:
        _hand_ahead(server, messages)
    for name, message in messages.items():
        server.say(server.crew.by_name[name].peer, message)


def _hand_ahead(server: Server, messages: dict[str, Message]) -> None:
    """What nobody has room for goes where it can wait as well as here; what somebody idle could start comes back."""
    for one in beyond.hands(server):
        keys = _claim(server, one.hand, one.needs, messages, grows=one.grows)
        ahead.note(one.end, keys, one.rank, movable=one.movable)
    server.write_moves()
    ahead.recall(server)


def _walk(server: Server, line: Line, ends: list[WorkerEnd], messages: dict[str, Message]) -> None:
    """Hand out to the workers of the pools that have one order."""
    moment = steady()
    waited = {job: moment - since for job, since in server.blocked.items()}
    doubted = doubt.doubted(server)
    free = [end.free(stay=walltimes.stay(server, end), doubted=doubted, unseen=unseen.of(end)) for end in ends]
    hands = list(place(iter(line), free, blocked=waited, stocks=server.pools.stocks(server.crew)))
    if ends[0].places is None:
        _note_passed(server, line.seen, hands, moment)
    patient = [one for one in line.seen if waited.get(one.job, 0.0) > PATIENCE and one.job in server.blocked]
    server.kept |= {one.worker for one in free for job in patient if one.takes(job) and one.total.holds(job.needs)}
    if not hands:
        return
    needs = {(waiting.job, waiting.odd): waiting.needs for waiting in line.seen}
    lone: dict[str, dict[int, Needs]] = defaultdict(dict)
    for hand in hands:
        if hand.job in line.lone:
            lone[hand.worker][hand.job] = needs[hand.job, hand.odd]
        else:
            _claim_noted(server, hand, needs[hand.job, hand.odd], messages, grows=hand.job in line.growing)
    for worker, by_job in lone.items():
        _claim_lone(server, server.crew.by_name[worker], by_job, messages)
    server.write_moves()


def _note_passed(server: Server, line: list[Waiting], hands: list[Hand], moment: float) -> None:
    """Remember since when a job is passed over by others behind it."""
    handed = {hand.job for hand in hands}
    for job in handed:
        server.blocked.pop(job, None)
    last = max((place for place, waiting in enumerate(line) if waiting.job in handed), default=-1)
    for waiting in line[: max(last, 0)]:
        if waiting.job not in handed:
            server.blocked.setdefault(waiting.job, moment)


def _claim_noted(server: Server, hand: Hand, needs: Needs, messages: dict[str, Message], *, grows: bool) -> None:
    """Short tasks beyond the room of a worker that keeps them can be asked back for another worker."""
    end = server.crew.by_name[hand.worker]
    fit = max(0, end.left.holds(needs))
    keys = _claim(server, hand, needs, messages, grows=grows)
    if len(keys) > fit and server.pools.comes(end.pool) and ahead.limit(server, end.pool, named=True):
        row = jobs.row(server.db, hand.job)
        rank = ahead.rank_of(server, end.pool, priority=row["priority"], cpus=row["cpus"])
        ahead.note(end, keys[fit:], rank, movable=row["pool"] == ANY)


def _claim(server: Server, hand: Hand, needs: Needs, messages: dict[str, Message], *, grows: bool) -> list[Key]:
    end = server.crew.by_name[hand.worker]
    rows = claims.claim(server.db, server.moves, job=hand.job, worker=end.number, count=hand.count, odd=hand.odd)
    if not rows:
        return []
    message = _message(messages, end)
    spec = introduce(server, end, hand.job, message)
    lines = spec is not None and spec["kind"] == "lines"
    lined = hand.job in end.lined or lines
    if lined:
        end.lined.add(hand.job)
    grown = _grown(server, end, hand.job, needs) if grows else {}
    alone = _is_alone(hand.odd)
    for idx, token, number in rows:
        end.hand((hand.job, idx, token), needs, alone=alone)
        command = jobs.line(server.db, hand.job, idx) if lined else None
        more = [grown[idx]] if idx in grown else []
        message["tasks"].append([hand.job, idx, token, number, command, *more])
    return [(hand.job, idx, token) for idx, token, _ in rows]


def _claim_lone(server: Server, end: WorkerEnd, needs: dict[int, Needs], messages: dict[str, Message]) -> None:
    """Many jobs of one task each, together."""
    rows = claims.claim_each(server.db, server.moves, jobs=needs, worker=end.number)
    if not rows:
        return
    message = _message(messages, end)
    for job, idx, token, number in rows:
        introduce(server, end, job, message)
        end.hand((job, idx, token), needs[job])
        message["tasks"].append([job, idx, token, number, None])


def _message(messages: dict[str, Message], end: WorkerEnd) -> Message:
    return messages.setdefault(end.name, {"op": "work", "specs": {}, "envs": {}, "tasks": []})


def _is_alone(odd: Odd | None) -> bool:
    return odd is not None and odd[1]


def _grown(server: Server, end: WorkerEnd, job: int, needs: Needs) -> dict[int, Message]:
    """What retries made of the memory and time of tasks that were just claimed; memory as far as it can be had."""
    rows = server.db.run("grown_tasks", {"job": job, "worker": end.number})
    own = {idx: {"mem": None if mem is None else needs.mem, "time": time} for idx, mem, time in rows}
    return {idx: {name: value for name, value in more.items() if value is not None} for idx, more in own.items()}
