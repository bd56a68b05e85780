"""What the server can say of its own health."""

from __future__ import annotations

import os
from collections.abc import Callable

from ..base.clock import steady
from ..base.mounts import file_system, is_network
from ..base.text import format_size, spoken_duration
from ..link.lines import Message
from ..store.db import sqlite_version
from ..store.tasks import unsound
from . import standing
from .cleaning import bound
from .crew import Peer
from .state import Server

_COMES_WITHIN = 5.0  # seconds after the start of a server
_CONTROLLED = "what tasks asked for is enforced by the kernel, with control groups"
_WATCHED = (
    "what tasks asked for is watched every second; where systemd runs, the kernel enforces it after: "
    "burro down; systemd-run --user --scope -p Delegate=yes burro up"
)


def doctor(server: Server, _peer: Peer, _message: Message, *, inboxes: Callable[[], list[Message]]) -> Message:
    """Checks, each with a sentence."""
    sound = server.db.sound()
    wrong = unsound(server.db)
    kind = file_system(server.queue)
    size = os.path.getsize(server.db.path)
    return {
        "checks": [
            _check("store", f"{sound}, {format_size(size)}" + "".join(wrong[:3]), ok=sound == "ok" and not wrong),
            _check("SQLite", f"{sqlite_version()}, journal {server.db.journal()}, one owner"),
            _check("file system", f"{kind}: {'network, no write-ahead log' if is_network(server.queue) else 'local'}"),
            _check("worker", _workers(server), ok=len(server.crew) > 0 or _has_just_come(server)),
            _check("pools", _pools(server), ok=not server.pools.troubles),
            _check(
                "kill method", "subreaper and /proc, by pidfd" + (", and control groups" if _grouped(server) else "")
            ),
            _check("memory", _CONTROLLED if _grouped(server) else _WATCHED),
            _check("cleaning", _cleaning(server)),
            *_inboxes(inboxes()),
        ]
    }


def _grouped(server: Server) -> bool:
    return any(end.mem_by == "cgroup" for end in server.crew)


def _has_just_come(server: Server) -> bool:
    """Whether a worker that is well may not have found this server yet."""
    return steady() - server.since < _COMES_WITHIN


def _workers(server: Server) -> str:
    names = [f"{end.name} (pid {end.pid}, cpus: {end.cpus})" for end in server.crew if end.places is None]
    if not names and _has_just_come(server):
        return "on its way: the server has just started"
    return ", ".join(names) or "none answers; see worker.log"


def _pools(server: Server) -> str:
    troubles = server.pools.troubles
    states = (f"{pool} {standing.state(server, pool)}" for pool in server.pools.names)
    return " ".join(troubles) or f"{', '.join(states)}; see: burro pools"


def _cleaning(server: Server) -> str:
    seconds = bound(server)
    if seconds is None:
        return "by hand; by itself with: burro clean --auto 30d"
    return f"what ended {spoken_duration(seconds)} ago is forgotten"


def _inboxes(rows: list[Message]) -> list[Message]:
    """Where nothing is taken although somebody may wait for it; a queue without inboxes needs no line."""
    if not rows:
        return []
    halted = [row for row in rows if row["state"] not in ("watching", "starting", "paused")]
    said = [
        f"{row['root']} {row['state']}" + (f": {row['trouble']}" if row["trouble"] else "") for row in halted or rows
    ]
    return [_check("inboxes", f"{'; '.join(said)}; see: burro inbox list", ok=not halted)]


def _check(name: str, text: str, *, ok: bool = True) -> Message:
    return {"name": name, "ok": ok, "text": text}
