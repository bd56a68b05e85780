"""The worker's end of its connection to the server: never blocks, comes back, forgets nothing unacknowledged."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from math import inf
from typing import Any, Optional

from ..base.clock import steady
from ..base.errors import BurroError
from ..base.failpoint import hit
from ..base.log import Log
from ..link.call import connect, server_record
from ..link.lines import BadLine, LineReader, Message, encode
from ..link.place import ROLE, Place
from .journal import Key

EVERY = 0.1  # seconds between reports while there is work in hand: each costs the server a commit
STARTS = 0.03  # the same where nothing is waiting here and there are only starts to tell
_PATIENCE = 0.3  # seconds without a server before we start it again
_ABANDONED = 2.0  # seconds without a server and its record after which a worker without work leaves
_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_START_PAUSES = (2.0, 5.0, 15.0, 60.0)


class Outbox:
    """What the server has not been told, or has not acknowledged."""

    def __init__(self) -> None:
        self.starts: dict[Key, Callable[[], list[Any]]] = {}
        self.ends: dict[Key, list[Any]] = {}
        self.released: list[Key] = []
        self._sent: dict[int, list[Key]] = {}
        self._open: dict[Key, list[Any]] = {}  # ends that were sent and not acknowledged
        self.seq = 0

    def report(self) -> Optional[Message]:
        """The next report; None where there is nothing to tell."""
        if not (self.starts or self.ends or self.released):
            return None
        self.seq += 1
        starts = [start() for key, start in self.starts.items() if key not in self.ends]
        message = {"op": "report", "seq": self.seq, "starts": starts, "ends": list(self.ends.values())}
        message["released"] = [list(key) for key in self.released]
        self._sent[self.seq] = list(self.ends)
        self._open.update(self.ends)
        self.starts, self.ends, self.released = {}, {}, []
        return message

    def acknowledge(self, seq: int) -> None:
        """The server has committed everything up to report `seq`."""
        for number in [number for number in self._sent if number <= seq]:
            for key in self._sent.pop(number):
                self._open.pop(key, None)

    def all_ends(self) -> list[list[Any]]:
        """Every end that the server may not know: for a new connection."""
        return [*self._open.values(), *self.ends.values()]

    def renew(self) -> None:
        """A hello tells everything: from now on only its acknowledgement counts."""
        self._open.update(self.ends)
        self.starts, self.ends, self.released = {}, {}, []
        self.seq += 1
        self._sent = {self.seq: list(self._open)}

    @property
    def unacknowledged(self) -> set[Key]:
        """Claims whose end the server may not know."""
        return set(self._open) | set(self.ends)


class Uplink:
    """A socket that is there or not; `hello` makes the first message of each connection."""

    def __init__(self, place: Place, log: Log, hello: Callable[[], Message]) -> None:
        self._place, self._log, self._hello = place, log, hello
        self.outbox = Outbox()
        self.socket: Optional[socket.socket] = None
        self._reader = LineReader()
        self._unsent = b""
        self._last = 0.0
        self._tries = 0
        self._next_try = 0.0
        self._gone_since = steady()
        self._starts = 0
        self._next_start = 0.0

    @property
    def is_abandoned(self) -> bool:
        """Whether the server left on purpose: then it took its record with it."""
        gone = self.socket is None and steady() - self._gone_since > _ABANDONED
        return gone and server_record(self._place.queue) is None

    @property
    def wants_write(self) -> bool:
        """Whether bytes wait for the socket to take them."""
        return bool(self._unsent)

    def is_due(self, *, busy: bool, more: bool = False) -> bool:
        """Whether it is time to tell what there is to tell; `more`: some of it is not in the outbox yet."""
        return self.socket is None or steady() >= self._due_at(busy=busy, more=more)

    def _due_at(self, *, busy: bool, more: bool) -> float:
        """An end is told at once where nothing else waits; a start may wait for the end of a short task."""
        if busy:
            return self._last + EVERY
        return 0.0 if more or self.outbox.ends or self.outbox.released else self._last + STARTS

    def wake_at(self, *, busy: bool, more: bool) -> float:
        """When (steady time) this end has something to do by itself; `more`: not all is in the outbox yet."""
        if self.socket is None:
            return self._next_try
        if self._unsent:
            return inf  # the socket says when it takes more
        if more or self.outbox.starts or self.outbox.ends or self.outbox.released:
            return self._due_at(busy=busy, more=more)
        return inf

    def tend(self, *, busy: bool, holding: bool) -> None:
        """Connect where that is due; send what is due.

        `busy`: there is work waiting here, so that a report can wait. `holding`: there is any work here.
        """
        now = steady()
        if self.socket is None and now >= self._next_try:
            self._connect(now, holding=holding)
        if self.socket is not None and not self._unsent and self.is_due(busy=busy):
            report = self.outbox.report()
            if report is not None:
                hit("report.before_send")
                self._last = now
                self._send(report)

    def _connect(self, now: float, *, holding: bool) -> None:
        try:
            self.socket = connect(self._place.queue)
        except (BurroError, OSError):
            self._next_try = now + _PAUSES[min(self._tries, len(_PAUSES) - 1)]
            self._tries += 1
            self._start_server(now, holding=holding)
            return
        self.socket.setblocking(False)
        self._reader, self._unsent, self._tries, self._starts = LineReader(), b"", self._tries + 1, 0
        message = self._hello()
        self.outbox.renew()
        self._send({**message, "seq": self.outbox.seq})

    def _start_server(self, now: float, *, holding: bool) -> None:
        """Start the server again where that is ours to do; its lock decides if somebody else does so too."""
        command = self._place.server
        if not holding and server_record(self._place.queue) is None:
            return  # it left on purpose, and nothing here needs it
        if command is None or now - self._gone_since < _PATIENCE or now < self._next_start:
            return
        self._next_start = now + _START_PAUSES[min(self._starts, len(_START_PAUSES) - 1)]
        self._starts += 1
        self._log.say("no server answers; starting it")
        env = {name: value for name, value in os.environ.items() if not name.startswith("BURRO_FAILPOINT")}
        try:
            nothing = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
            os.posix_spawn(
                command[0], command, {**env, ROLE: "server"}, file_actions=[nothing], setsid=True, setsigmask=[]
            )
        except OSError as error:
            self._log.say(f"the server cannot be started: {error}")

    def flush(self) -> None:
        """Give the socket what it takes now."""
        if self.socket is None or not self._unsent:
            return
        try:
            self._unsent = self._unsent[self.socket.send(self._unsent) :]
        except BlockingIOError:
            return
        except OSError:
            self.drop()

    def _send(self, message: Message) -> None:
        self._unsent += encode(message)
        self.flush()

    def receive(self) -> list[Message]:
        """The messages that have come; a connection that ended is dropped, to be made again."""
        if self.socket is None:
            return []
        try:
            chunk = self.socket.recv(1 << 20)
        except BlockingIOError:
            return []
        except OSError:
            chunk = b""
        if not chunk:
            self.drop()
            return []
        try:
            return self._reader.feed(chunk)
        except (BadLine, json.JSONDecodeError) as error:
            self._log.say(f"the server sent nonsense ({error}); connecting again")
            self.drop()
            return []

    def drop(self) -> None:
        """Give the connection up."""
        if self.socket is not None:
            self.socket.close()
            self.socket = None
            self._gone_since = steady()
            self._next_try = self._gone_since + _PAUSES[min(self._tries, len(_PAUSES) - 1)]

    def welcomed(self) -> None:
        """The server took our hello: the next time it goes away we may come back at once."""
        self._tries = 0
