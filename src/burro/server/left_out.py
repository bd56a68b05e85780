"""Nodes that a pool's requests leave out for a while, since nothing comes of what is started there."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..base.clock import iso, now
from ..link.lines import Message
from ..model.strikes import Strikes
from ..pools.scheduler import Request
from ..store import allocations, events, settings
from .crew import WorkerEnd
from .state import Server

_KEPT = "left_out."  # settings begin so
# What may have been the reason: who sets one of these has mended it.
CURES = frozenset({"scheduler", "ssh", "options", "time", "nodes", "before", "env", "python", "root", "wrap", "gpus"})


def ended_at_once(server: Server, pool: str, nodes: Sequence[str], why: str) -> bool:
    """An allocation ended before a worker of it came; whether that is more than a trouble of some node.

    Of several nodes nobody knows which it was. Within a turn.
    """
    if len(nodes) != 1:
        return True
    strikes = _strikes(server, pool)
    if strikes.strike(nodes[0], why, now=now()):
        _say(server, pool, nodes[0], why)
    if strikes.is_spread:
        forget(server, pool)
        return True
    _keep(server, pool, strikes)
    return False


def send_away(server: Server, end: WorkerEnd, why: str) -> None:
    """Nothing can be done on a worker's node: it starts nothing more, leaves, and is not asked for again soon."""
    if end.cpus == 0:
        return
    end.cpus = 0
    server.say(end.peer, {"op": "leave", "kill": False})
    strikes = _strikes(server, end.pool)
    strikes.strike(end.host, why, now=now(), certain=True)
    _keep(server, end.pool, strikes)
    _say(server, end.pool, end.host, why)


def came(server: Server, end: WorkerEnd) -> None:
    """A worker of a node is there: what ended there before is forgotten. Within a turn."""
    strikes = _strikes(server, end.pool)
    if strikes.trust(end.host):
        _keep(server, end.pool, strikes)


def forget(server: Server, pool: str) -> None:
    """Nothing is known against any node any more. Within a turn."""
    settings.put(server.db, _KEPT + pool, None)


def declined(server: Server, pool: str, request: Request) -> None:
    """A request was not taken. Perhaps for want of other nodes. Within a turn."""
    allocations.drop(server.db, request.mark)
    if request.exclude:
        forget(server, pool)


def in_words(server: Server, pool: str, request: Request, no: str) -> str:
    """Why a request was not taken: perhaps there are no other nodes than those that it leaves out."""
    known = _strikes(server, pool).nodes
    whys = [known[name]["why"] for name in request.exclude if name in known]
    return f"without {', '.join(request.exclude)} {no}; left out since {whys[-1]}" if whys else no


def names(server: Server, pool: str) -> tuple[str, ...]:
    """The nodes that are not wanted now."""
    return tuple(_strikes(server, pool).out(now=now()))


def views(server: Server, pool: str) -> list[Message]:
    """As people see them."""
    found = _strikes(server, pool).out(now=now())
    return [{"node": name, "until": iso(one["until"]), "why": one["why"]} for name, one in found.items()]


def _say(server: Server, pool: str, node: str, why: str) -> None:
    events.add(server.db, "node left out", f"{pool}: {node}: {why}", now=now())


def _strikes(server: Server, pool: str) -> Strikes:
    text = settings.get(server.db, _KEPT + pool)
    return Strikes(json.loads(text) if text else {})


def _keep(server: Server, pool: str, strikes: Strikes) -> None:
    settings.put(server.db, _KEPT + pool, json.dumps(strikes.nodes) if strikes.nodes else None)
