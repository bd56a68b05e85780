"""The worker of a pool whose tasks are a scheduler's own jobs. It sits here, and speaks as all workers do.

So placing, tokens, cancelling and reports know nothing of it (docs/decisions/023-a-desk-for-each-pool.md).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from ..base.paths import boot_id, host
from ..link.lines import Message
from ..model.direct import places
from ..store import handed
from . import reporting
from .crew import Key, WorkerEnd
from .state import Server


class Todo(NamedTuple):
    """A claim nobody was asked for yet: the attempt's number, its line where each has one, what it has grown to."""

    key: Key
    number: int
    command: str | None
    more: Mapping[str, Any] | None


class Desk:
    """`wake`: there is something to do. `todo`: claims, oldest first; `stops`: what is to be stopped, and why.

    `leaves`: the queue ends; whether what runs is to be stopped.
    """

    def __init__(self, server: Server, pool: str, wake: Callable[[], None]) -> None:
        self._server, self._wake = server, wake
        self.pool, self.name = pool, f"{pool}-desk"
        self.todo: dict[Key, Todo] = {}
        self.stops: dict[Key, str] = {}
        self.holds: list[tuple[bool, list[Key]]] = []
        self.signals: list[tuple[int, list[Key]]] = []
        self.specs: dict[int, Message] = {}
        self.envs: dict[str, dict[str, str]] = {}
        self.leaves: bool | None = None
        self.is_open = False
        self._takes: Mapping[str, Callable[[Message], None]] = {
            "work": self._work,
            "cancel": lambda message: self._stop(message, handed.CANCEL),
            "return": lambda message: self._stop(message, handed.BACK),
            "signal": lambda message: self.signals.append((int(message["signal"]), _keys(message))),
            "hold": lambda message: self.holds.append((bool(message["held"]), _keys(message))),
            "leave": self._leave,
            "forget": self._forget,
        }

    def send(self, message: Message) -> None:
        """Something for this worker."""
        take = self._takes.get(str(message.get("op")))
        if take is not None:
            take(message)
            self._wake()

    def close(self) -> None:
        """What is in memory may not be what is in the store: say hello again."""
        self.is_open = False
        self._wake()

    @property
    def end(self) -> WorkerEnd | None:
        """What the server holds of it."""
        return self._server.crew.by_name.get(self.name)

    def hello(self) -> None:
        """It is there, and has what the store says. Within a turn."""
        rows = handed.live(self._server.db, self.pool)
        holds = [key_of(row) for row in rows if row["stage"] != handed.REVOKED]
        most = places(self._server.pools.values(self.pool), begun=len(holds))
        message = {
            "worker": self.name,
            "pool": self.pool,
            "host": host(),
            "boot": boot_id(),
            "pid": os.getpid(),
            "cpus": most,
            "mem": 0,
            "places": most,
            "holds": [*holds, *self.todo],
            "seq": 0,
        }
        reporting.hello(self._server, self, message)
        self.is_open = True

    def report(
        self, *, starts: Iterable[object] = (), ends: Iterable[object] = (), released: Iterable[Key] = ()
    ) -> None:
        """What became of claims. Within a turn."""
        message = {"starts": list(starts), "ends": list(ends), "released": list(released), "seq": 0}
        reporting.report(self._server, self, message)

    def leave(self) -> None:
        """It is gone. Within a turn."""
        self.is_open = False
        reporting.gone(self._server, self)

    def note(self, keys: Iterable[Key], text: str) -> None:
        """Say of claims that have not begun what they wait for."""
        end = self.end
        known = [key for key in keys if end is not None and key in end.held]
        if end is not None and known:
            end.notes.update(dict.fromkeys(known, text))
            end.said.update({job: text for job, _, _ in known})

    def noted(self, key: Key) -> str:
        """What was said of a claim last."""
        return "" if self.end is None else self.end.notes.get(key, "")

    def make_room(self, *, closed: bool) -> bool:
        """Say how many tasks it may have; `closed`: no more than there are. Whether there is room for others now."""
        end = self.end
        if end is None:
            return False
        values = self._server.pools.values(self.pool)
        most = len(end.held) if closed else places(values, begun=len(end.running))
        grew, end.places = most > (end.places or 0), most
        return grew

    def _work(self, message: Message) -> None:
        self.specs.update({int(job): spec for job, spec in message["specs"].items()})
        self.envs.update(message["envs"])
        for job, idx, token, number, command, *more in message["tasks"]:
            key = (job, idx, token)
            self.todo[key] = Todo(key, number, command, more[0] if more else None)

    def _stop(self, message: Message, why: str) -> None:
        for key in _keys(message):
            self.stops.setdefault(key, why)

    def _leave(self, message: Message) -> None:
        self.leaves = bool(message.get("kill"))

    def _forget(self, message: Message) -> None:
        for job in message["jobs"]:
            self.specs.pop(int(job), None)
            if self.end is not None:
                self.end.said.pop(int(job), None)
        for digest in message.get("envs") or []:
            self.envs.pop(digest, None)

    def take(self, keys: Collection[Key]) -> list[Todo]:
        """These claims are in somebody's hands now."""
        return [self.todo.pop(key) for key in keys if key in self.todo]


def _keys(message: Message) -> list[Key]:
    return [(job, idx, token) for job, idx, token in message["tasks"]]


def key_of(row: Mapping[str, Any]) -> Key:
    """The claim that a row is of."""
    return row["job"], row["idx"], row["token"]
