"""`events`: what has happened, and what happens, as soon as it is on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..base.clock import iso
from ..link.lines import Message
from ..model.secrets import veiled
from ..store import events
from ..store.db import Row
from .crew import Peer
from .listing import filter_of
from .state import Server
from .views import selected


@dataclass
class Listener:
    """Somebody who hears events as they happen; `after`: the last that was told."""

    peer: Peer
    after: int
    jobs: Sequence[int] | None


class Listeners:
    """All who hear events."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._all: list[Listener] = []

    def events(self, server: Server, peer: Peer, message: Message) -> Message | None:
        """A page of events; with `follow` a line for each that comes. Raises NotFound or UsageError."""
        jobs = sorted({span.job for span in selected(server, message)}) if message.get("ids") else None
        after = message.get("after")
        if message.get("follow"):
            listener = Listener(peer, events.newest(server.db) if after is None else int(after), jobs)
            self._all.append(listener)
            server.afterwards.append(lambda: self._tell(listener))
            return None
        if after is None:
            after = events.before_last(server.db, int(message["last"])) if message.get("last") else 0
        rows, following = events.behind(server.db, int(after), jobs=jobs, since=filter_of(message).since)
        return {"events": [view(row) for row in rows], "next": following, "newest": events.newest(server.db)}

    def turn_ended(self) -> None:
        """Tell what the turn brought; it is on disk."""
        for listener in self._all:
            self._tell(listener)

    def leave(self, peer: Peer) -> None:
        """A connection ended."""
        self._all = [listener for listener in self._all if listener.peer is not peer]

    def _tell(self, listener: Listener) -> None:
        newest = events.newest(self._server.db)
        following: int | None = listener.after
        while following is not None and following < newest:
            rows, following = events.behind(self._server.db, following, jobs=listener.jobs)
            for row in rows:
                listener.peer.send({"event": view(row)})
        listener.after = max(listener.after, newest)


def view(row: Row) -> Message:
    """One event as the protocol has it."""
    seq, at, job, what, detail = row
    return {"seq": seq, "at": iso(at), "job": job, "what": what, "detail": veiled(detail)}
