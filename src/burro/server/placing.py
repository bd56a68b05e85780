"""Handing out work: what placement decides, the store claims and a message carries."""

from __future__ import annotations

from ..base.clock import steady
from ..link.lines import Message
from ..model.job import Needs
from ..model.placement import Hand, Waiting, place
from ..store import claims, jobs
from .crew import WorkerEnd
from .state import Server

_LOOK = 512  # jobs of the line that one turn looks at


def hand_out(server: Server) -> None:
    """Give ready work to workers that have room. Part of the turn: the messages go out after the commit."""
    if server.down or server.draining or server.stopping or not len(server.crew):
        return
    rows = server.db.run("jobs_in_line", {"most": _LOOK})
    if not rows:
        return
    line = [Waiting(job, Needs(cpus, mem), ready, pool, server.pace.ahead(job)) for job, cpus, mem, ready, pool in rows]
    moment = steady()
    waited = {job: moment - since for job, since in server.blocked.items()}
    hands = list(place(line, [end.free() for end in server.crew], blocked=waited))
    _note_passed(server, line, hands, moment)
    messages: dict[str, Message] = {}
    needs = {waiting.job: waiting.needs for waiting in line}
    for hand in hands:
        _claim(server, hand, needs[hand.job], messages)
    for name, message in messages.items():
        server.say(server.crew.by_name[name].peer, message)


def _note_passed(server: Server, line: list[Waiting], hands: list[Hand], moment: float) -> None:
    """Remember since when a job is passed over by others behind it."""
    handed = {hand.job for hand in hands}
    for job in handed:
        server.blocked.pop(job, None)
    last = max((place for place, waiting in enumerate(line) if waiting.job in handed), default=-1)
    for waiting in line[: max(last, 0)]:
        if waiting.job not in handed:
            server.blocked.setdefault(waiting.job, moment)


def _claim(server: Server, hand: Hand, needs: Needs, messages: dict[str, Message]) -> None:
    end = server.crew.by_name[hand.worker]
    rows = claims.claim(server.db, server.moves, job=hand.job, worker=end.number, count=hand.count)
    if not rows:
        return
    message = messages.setdefault(hand.worker, {"op": "work", "specs": {}, "envs": {}, "tasks": []})
    spec = _introduce(server, end, hand.job, message)
    lines = spec is not None and spec["kind"] == "lines"
    lined = hand.job in end.lined or lines
    if lined:
        end.lined.add(hand.job)
    for idx, token, number in rows:
        end.hand((hand.job, idx, token), needs)
        command = jobs.line(server.db, hand.job, idx) if lined else None
        message["tasks"].append([hand.job, idx, token, number, command])


def _introduce(server: Server, end: WorkerEnd, job: int, message: Message) -> Message | None:
    """Tell a worker of a job that it has not heard of on this connection."""
    if job in end.heard_jobs:
        return None
    spec, env = jobs.spec(server.db, job)
    message["specs"][str(job)] = {**spec, "job": job, "env": env}
    if env not in end.heard_envs:
        message["envs"][env] = server.environments.read(env)
        end.heard_envs.add(env)
    end.heard_jobs.add(job)
    return spec
