"""Asking the server of a queue: it is started where none answers, and asked again where it went away."""

from __future__ import annotations

import os
import select
from _thread import allocate_lock
from collections.abc import Callable, Iterator
from socket import socket

from ..base import clock
from ..base.errors import Refused, Silent, Unreachable
from ..link.call import Connection, is_served_elsewhere
from ..link.elsewhere import is_elsewhere, parse_address
from ..link.lines import Message
from ..link.silence import ACTING, LASTING, LOOKING, Silence, Tell

TRIES = 8  # a server that dies so often on one question will not answer it
SHORTEST = 0.05  # seconds between two tries, doubled each time
LONGEST = 30.0  # seconds between two tries to reach another machine, where somebody waits for what happens there
Tick = Callable[[], "float | None"]


def way_to(queue: str, *, start: bool) -> socket | None:
    """An open way to a server at another machine, which is started there if need be; None for one that is here.

    Raises Refused where that machine cannot be reached, Unreachable where no server runs and none was to be started.
    """
    if not is_elsewhere(queue):
        return _visit(queue)
    from ..pools.relay import open_relay

    address = parse_address(queue)
    return open_relay(address.host, address.port, queue=address.path, start=start)


def _visit(queue: str) -> socket | None:
    """A way to a server on another machine that shares the queue's directory. Raises Unreachable."""
    if not is_served_elsewhere(queue):
        return None
    from ..link.knock import visit

    return visit(queue)


def look(queue: str, *, timeout: float | None = None) -> Connection:
    """A connection to a server that runs; none is started. Raises Unreachable."""
    return Connection(queue, timeout=timeout, end=way_to(queue, start=False))


class Listener(Connection):
    """A connection whose stream can be left for a moment, to look at a file or a clock."""

    def listen(self, message: Message, *, tick: Tick, silence: Silence) -> Iterator[Message | None]:
        """As `stream`, and None whenever nothing came for `tick()` seconds (None: wait for ever).

        An answer may be long in coming: whether the server hears at all is told by a question asked before it.
        """
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        self._send({"op": "ping"})
        self._send(message)
        hears = False
        while True:
            seconds = tick() if hears else _sooner(tick(), silence.left())
            if not self._waiting and not self._has_read and not _ready(poll, seconds):
                yield None
                continue
            answer = self._next()
            hears = True
            if "version" in answer:  # of the ping; the first lines of a stream may come before it
                continue
            yield answer
            if answer.get("end"):
                return


def _sooner(seconds: float | None, others: float) -> float:
    return others if seconds is None else min(seconds, others)


def _ready(poll: select.poll, seconds: float | None) -> bool:
    return bool(poll.poll(None if seconds is None else max(0.0, seconds) * 1000))


class Caller:
    """The client's end of one queue. Safe to use from several threads, and after a fork."""

    def __init__(self, queue: str, *, tell: Tell | None = None, starts: bool = True) -> None:
        """Nothing is opened before it is needed. `tell` hears a sentence when an answer is long in coming.

        `starts`: a server that is not there is started.
        """
        self.queue, self._tell, self._starts = queue, tell, starts
        self._reached = self._is_far = False
        self._lock = allocate_lock()
        self._open: tuple[int, Connection] | None = None

    def ask(self, message: Message, *, forever: bool = False) -> Message:
        """The answer to a question that may be asked twice. Raises the error the server answers, or Unreachable.

        Silent where the server is there and does not hear, unless it is waited for `forever`.
        """
        with self._lock:
            for count in range(TRIES - 1):
                try:
                    return self._ask(message, forever=forever)
                except Refused:
                    raise
                except Unreachable:
                    self._repair(count)
            return self._ask(message, forever=forever)

    def _ask(self, message: Message, *, forever: bool) -> Message:
        connection, op = self._connection(), str(message.get("op"))
        lasts = op in LASTING
        silence = Silence(self.queue, "ping" if lasts else op, tell=self._say, forever=forever)
        try:
            if lasts:
                connection.ask({"op": "ping"}, patience=silence)
            return connection.ask(message, patience=silence if op in LOOKING or op in ACTING else None)
        except (Silent, KeyboardInterrupt):
            self.close()  # its answer may still come, and would be taken for that to another question
            raise

    def _say(self, sentence: str) -> None:
        """Once is enough, however many questions wait."""
        told, self._tell = self._tell, None
        if told is not None:
            told(sentence)

    def listen(self, message: Message, *, tick: Tick = lambda: None) -> Iterator[Message | None]:
        """The lines that answer `message`, None in between when nothing came for `tick()` seconds.

        Asked again from the start when the server went away: what came before may come again.
        """
        tries = 0
        while True:
            since = clock.steady()
            try:
                connection = Listener(self.queue, end=self._way())
                try:
                    silence = Silence(self.queue, str(message.get("op")), tell=self._say, forever=True)
                    yield from connection.listen(message, tick=tick, silence=silence)
                finally:
                    connection.close()
                return
            except Refused:
                raise
            except Unreachable:
                tries = tries + 1 if clock.steady() - since < 1.0 else 0
                if tries == TRIES:
                    raise
                self._await_way(tries)
                self._ensure()

    def lines(self, message: Message, *, timeout: float | None) -> Iterator[Message]:
        """The lines that answer `message`. Raises TimeoutError after `timeout` seconds."""
        end = None if timeout is None else clock.steady() + timeout
        for line in self.listen(message, tick=lambda: None if end is None else end - clock.steady()):
            if line is not None:
                yield line
            if end is not None and clock.steady() >= end and not (line and line.get("end")):
                raise TimeoutError(f"not all had ended after {timeout:g} s")

    def close(self) -> None:
        """Close the connection; asking again opens another."""
        kept, self._open = self._open, None
        if kept is not None:
            kept[1].close()

    def _connection(self) -> Connection:
        """The one kept open. A forked child has its own: two processes must not read from one."""
        if self._open is None or self._open[0] != os.getpid():
            self._open = (os.getpid(), Connection(self.queue, end=self._way()))
        return self._open[1]

    def _way(self) -> socket | None:
        """A link that was there and broke is worth another try; one that never was is not."""
        try:
            found = way_to(self.queue, start=True)
        except Refused as error:
            raise (Unreachable(str(error)) if self._reached else error) from None
        self._reached, self._is_far = True, found is not None
        return found

    def _await_way(self, tries: int) -> None:
        """Somebody who waits for what happens at another machine gets over a link that is away for a while."""
        if (is_elsewhere(self.queue) or self._is_far) and tries:
            clock.pause(min(LONGEST, 2.0**tries))

    def _repair(self, count: int) -> None:
        """Connect anew; the longer it takes the later, since a server that is leaving still answers for a while."""
        self.close()
        if count:
            clock.pause(SHORTEST * 2**count)
        self._ensure()

    def _ensure(self) -> None:
        if not self._starts:
            raise Unreachable(f"the server of {self.queue} went away")
        if is_elsewhere(self.queue):
            return  # its relay does that
        from ..server import launch

        launch.ensure(self.queue)
