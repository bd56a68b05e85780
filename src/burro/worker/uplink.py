"""The worker's end of its connection to the server: never blocks, comes or waits for it, forgets nothing."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Collection
from math import inf
from typing import Optional

from ..base.clock import since_boot, steady
from ..base.errors import BurroError
from ..base.failpoint import hit
from ..base.log import Log
from ..link.call import connect, server_record
from ..link.lines import BadLine, LineReader, Message, encode
from ..link.place import Place
from .carrier import Carrier
from .homeward import outputs
from .listener import Listener
from .outbox import Outbox
from .parcels import offers
from .revival import Revival

EVERY = 0.1  # seconds between reports while there is work in hand: each costs the server a commit
STARTS = 0.03  # the same where nothing is waiting here and there are only starts to tell
_ABANDONED = 2.0  # seconds without a server and its record after which a worker without work leaves
_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_MEND_EVERY = 15.0  # seconds between looks whether we can still be found, while nobody is there
_DIAL_PAUSES = (0.1, 0.5, 1.0, 2.0, 5.0, 15.0)  # each costs the start of a process


class Uplink:
    """A socket that is there or not; `hello` makes the first message of each connection.

    Where the place says so it is the server that comes, through a link; or another process goes there for us.
    """

    def __init__(self, place: Place, log: Log, hello: Callable[[], Message]) -> None:
        """Raises BurroError or OSError where nobody could find us."""
        self._place, self._log, self._hello = place, log, hello
        self.listener = Listener(place.socket, log) if place.listen else None
        self.carrier = Carrier(place, log) if place.dial is not None else None
        self.outbox = Outbox(place.stay)
        self.round = 0  # another one for each connection
        self.socket: Optional[socket.socket] = None
        self._reader = LineReader()
        self._unsent = b""
        self._last = 0.0
        self._tries = 0
        self._next_try = 0.0
        self._gone_since = steady()
        self._revival = Revival(place, log)

    @property
    def gone(self) -> Optional[float]:
        """Seconds without a server until there was one again; None of the first one."""
        return None if self.round < 2 else round(steady() - self._gone_since, 3)

    @property
    def is_abandoned(self) -> bool:
        """Whether the server left on purpose: then it took its record with it."""
        if self.listener is not None or self.carrier is not None:
            return False
        gone = self.socket is None and steady() - self._gone_since > _ABANDONED
        return gone and server_record(self._place.queue) is None

    @property
    def watched(self) -> Optional[socket.socket]:
        """The connection, or the end of the way that is not open yet."""
        return self.socket or (None if self.carrier is None else self.carrier.end)

    @property
    def pids(self) -> Collection[int]:
        """Children that are no tasks."""
        return () if self.carrier is None else self.carrier.pids

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
        if self.outbox.has_offers:
            return 0.0
        if more or self.outbox.starts or self.outbox.ends or self.outbox.released:
            return self._due_at(busy=busy, more=more)
        return self._revival.wake_at() or inf

    def tend(self, *, busy: bool, holding: bool) -> None:
        """Connect where that is due; send what is due.

        `busy`: there is work waiting here, so that a report can wait. `holding`: there is any work here.
        """
        now = steady()
        self._revival.look(now)
        if self.socket is None and now >= self._next_try:
            self._look_for_server(now, holding=holding)
        if self.socket is not None and not self._unsent and self.outbox.has_offers:
            self._unsent += b"".join(map(encode, offers(self.outbox)))
            self.flush()
        if self.socket is not None and not self._unsent and self.is_due(busy=busy):
            report = self.outbox.report()
            if report is not None:
                hit("report.before_send")
                self._last = now
                self._unsent += b"".join(map(encode, outputs(report["ends"], self.outbox.home)))
                hit("report.after_outputs")
                self._send(report)

    def _look_for_server(self, now: float, *, holding: bool) -> None:
        if self.listener is not None:
            self.listener.mend()
            self._next_try = now + _MEND_EVERY
            return
        if self.carrier is not None:
            self.carrier.start()
            self._next_try = self._later(now) if self.carrier.end is None else inf
            return
        try:
            end = connect(self._place.queue)
        except (BurroError, OSError):
            self._next_try = now + _PAUSES[min(self._tries, len(_PAUSES) - 1)]
            self._tries += 1
            self._revival.tend(now, gone_since=self._gone_since, holding=holding)
            return
        end.setblocking(False)
        self._open(end)

    def _later(self, now: float) -> float:
        """When a process may be sent again."""
        self._tries += 1
        return now + _DIAL_PAUSES[min(self._tries, len(_DIAL_PAUSES)) - 1]

    def _hear_carrier(self, carrier: Carrier) -> None:
        """The way is open, or it will never be: then another process goes."""
        end = carrier.take()
        if end is not None:
            self._open(end)
        elif carrier.end is None:
            self._next_try = self._later(steady())

    def accept(self, ready: Collection[int]) -> bool:
        """Whether somebody knocks: the newest link is the one; an older one may not know yet that it is dead."""
        if self.listener is None or self.listener.number not in ready:
            return False
        end = self.listener.accept()
        if end is not None:
            self.drop()
            self._open(end)
        return True

    def close(self) -> None:
        """Nobody is to come any more."""
        if self.listener is not None:
            self.listener.close()

    def _open(self, end: socket.socket) -> None:
        self.socket = end
        self.round += 1
        self._reader, self._unsent, self._tries = LineReader(), b"", self._tries + 1
        self._revival.came(steady())
        message = self._hello()
        self.outbox.renew()
        self._send({**message, "seq": self.outbox.seq, "beat": since_boot()})

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

    def say(self, message: Message) -> None:
        """Answer a message, where there is a connection."""
        if self.socket is not None:
            self._send(message)

    def _send(self, message: Message) -> None:
        self._unsent += encode(message)
        self.flush()

    def receive(self) -> list[Message]:
        """The messages that have come; a connection that ended is dropped, to be made again."""
        if self.socket is None:
            if self.carrier is not None:
                self._hear_carrier(self.carrier)
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
            self._revival.went(self._gone_since)
            if self.carrier is not None:
                self._next_try = self._later(self._gone_since)
                return
            pause = _PAUSES[min(self._tries, len(_PAUSES) - 1)] if self.listener is None else _MEND_EVERY
            self._next_try = self._gone_since + pause

    def welcomed(self) -> None:
        """The server took our hello: the next time it goes away we may come back at once."""
        self._tries = 0
