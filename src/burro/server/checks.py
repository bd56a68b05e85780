"""What the server can say of its own health."""

from __future__ import annotations

import os

from ..base.mounts import file_system, is_network
from ..base.text import format_size, spoken_duration
from ..link.lines import Message
from ..store.db import sqlite_version
from ..store.tasks import unsound
from .cleaning import bound
from .crew import Peer
from .poolfile import LOCAL
from .state import Server


def doctor(server: Server, _peer: Peer, _message: Message) -> Message:
    """Checks, each with a sentence."""
    sound = server.db.sound()
    wrong = unsound(server.db)
    kind = file_system(server.queue)
    size = os.path.getsize(server.db.path)
    kill = "subreaper and /proc, by pidfd; no control group is used"
    return {
        "checks": [
            _check("store", f"{sound}, {format_size(size)}" + "".join(wrong[:3]), ok=sound == "ok" and not wrong),
            _check("SQLite", f"{sqlite_version()}, journal {server.db.journal()}, one owner"),
            _check("file system", f"{kind}: {'network, no write-ahead log' if is_network(server.queue) else 'local'}"),
            _check("worker", _workers(server), ok=len(server.crew) > 0),
            _check("pools", _pools(server), ok=not server.pools.troubles),
            _check("kill method", kill),
            _check("cleaning", _cleaning(server)),
        ]
    }


def _workers(server: Server) -> str:
    names = [f"{end.name} (pid {end.pid}, cpus: {end.cpus})" for end in server.crew]
    return ", ".join(names) or "none answers; see worker.log"


def _pools(server: Server) -> str:
    troubles = server.pools.troubles
    return " ".join(troubles) or f"{LOCAL}: {'paused' if server.pools.is_paused(LOCAL) else 'open'}; see: burro pools"


def _cleaning(server: Server) -> str:
    seconds = bound(server)
    if seconds is None:
        return "by hand; by itself with: burro clean --auto 30d"
    return f"what ended {spoken_duration(seconds)} ago is forgotten"


def _check(name: str, text: str, *, ok: bool = True) -> Message:
    return {"name": name, "ok": ok, "text": text}
