"""The network between a user and a machine, which a test can disturb: a TCP proxy on a port of its own.

One thread moves the bytes. What a test asks for is done by that thread between two moves, so it never meets a socket
that is just being used.
"""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.rig.place import Place

_CHUNK = 1 << 16
_PER_SECOND = 20  # so many pieces a second a slowed relay passes on
_NOW = struct.pack("ii", 1, 0)  # SO_LINGER: closing means a reset, and what was not sent yet is lost
_LONG = 10  # seconds for the thread to do what it is asked


@dataclass(eq=False)
class _End:
    """One end of a connection, and what is on its way to it."""

    socket: socket.socket
    waiting: bytearray = field(default_factory=bytearray)
    silent: bool = False  # it will say no more
    rests: float = 0.0  # until when nothing more is taken from it
    other: _End = field(init=False)

    def fileno(self) -> int:
        return self.socket.fileno()

    def hang_up(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NOW)
        self.socket.close()


class Relay:
    """A way to `target` that starts out quick and whole."""

    def __init__(self, target: Place) -> None:
        self._target = target
        self._listener = _listener(0)
        self.place = Place(*self._listener.getsockname())
        self._ends: list[_End] = []
        self._stalled, self._rate, self._left, self._closed = False, 0.0, -1, False
        self.passed = 0  # bytes, both ways together
        self._asked: list[tuple[Callable[[], None], threading.Event]] = []
        self._bell, self._ear = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self._thread.start()

    @property
    def connections(self) -> int:
        """How many there are just now."""
        return len(self._ends) // 2

    def stall(self) -> None:
        """Pass nothing on, and say nothing about it. New connections are taken and left waiting."""
        self._ask(lambda: setattr(self, "_stalled", True))

    def slow(self, bytes_per_second: float) -> None:
        """Pass on so much of each direction of each connection."""
        self._ask(lambda: setattr(self, "_rate", bytes_per_second))

    def cut(self, *, after: int = 0) -> None:
        """Reset all connections: now, or when so many bytes more have passed. New ones are let through."""
        self._ask(lambda: setattr(self, "_left", after) if after else self._hang_up())

    def refuse(self) -> None:
        """Refuse new connections. Those that there are stay."""
        self._ask(self._listener.close)

    def resume(self) -> None:
        """Be quick and whole again."""
        self._ask(self._resume)

    def close(self) -> None:
        """Hang up for good."""
        if self._thread.is_alive():
            self._ask(lambda: setattr(self, "_closed", True))
            self._thread.join(_LONG)

    def _ask(self, act: Callable[[], None]) -> None:
        done = threading.Event()
        self._asked.append((act, done))
        self._bell.send(b"!")
        assert done.wait(_LONG), "the relay does not answer"

    def _resume(self) -> None:
        self._stalled, self._rate, self._left = False, 0.0, -1
        for end in self._ends:
            end.rests = 0.0
        if self._listener.fileno() < 0:
            self._listener = _listener(self.place.port)

    def _hang_up(self) -> None:
        for end in self._ends:
            end.hang_up()
        self._ends, self._left = [], -1

    def _run(self) -> None:
        while not self._closed:
            self._turn()
        self._hang_up()
        for each in (self._listener, self._bell, self._ear):
            each.close()

    def _turn(self) -> None:
        now = time.monotonic()
        moving = [] if self._stalled else self._ends
        full = [end for end in moving if end.waiting]
        open_ends = [end for end in moving if not end.silent and not end.other.waiting]
        asleep = [end.rests - now for end in open_ends if end.rests > now]
        listening = [self._listener] if self._listener.fileno() >= 0 else []
        awake = [end for end in open_ends if end.rests <= now]
        readable, writable, _ = select.select([self._ear, *listening, *awake], full, [], min(asleep, default=None))
        for end in writable:
            self._deliver(end)
        for end in readable:
            if isinstance(end, _End):
                self._take(end)
            elif end is self._listener:
                self._accept()
        if self._ear in readable:
            self._answer()

    def _answer(self) -> None:
        """Do what was asked; last in a turn, since it may close what the turn still had in its hands."""
        self._ear.recv(_CHUNK)
        while self._asked:
            act, done = self._asked.pop(0)
            act()
            done.set()

    def _accept(self) -> None:
        near, far = self._listener.accept()[0], socket.socket()
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _CHUNK)
        far.settimeout(_LONG)
        try:
            far.connect(self._target)
        except OSError:
            _End(near).hang_up()
            far.close()
            return
        pair = _End(near), _End(far)
        for end, other in (pair, pair[::-1]):
            end.other = other
            end.socket.setblocking(False)
        self._ends += pair

    def _take(self, end: _End) -> None:
        try:
            chunk = end.socket.recv(self._most())
        except OSError:  # reset, or cut earlier in this turn
            self._lose(end)
            return
        end.silent = not chunk
        end.other.waiting += chunk
        if self._rate:
            end.rests = time.monotonic() + len(chunk) / self._rate
        self._deliver(end.other)

    def _most(self) -> int:
        return max(1, int(self._rate / _PER_SECOND)) if self._rate else _CHUNK

    def _deliver(self, end: _End) -> None:
        piece = end.waiting[: self._left] if self._left > 0 else end.waiting
        try:
            sent = end.socket.send(piece) if piece else 0
        except BlockingIOError:
            return
        except OSError:
            self._lose(end)
            return
        del end.waiting[:sent]
        self._count(sent)
        if end.other.silent and not end.waiting:
            self._pass_on_the_end(end)

    def _count(self, sent: int) -> None:
        self.passed += sent
        if self._left > 0:
            self._left = max(0, self._left - sent)
            if self._left == 0:
                self._hang_up()

    def _pass_on_the_end(self, end: _End) -> None:
        if end.silent and not end.other.waiting:
            self._lose(end)
        elif end.fileno() >= 0:
            try:
                end.socket.shutdown(socket.SHUT_WR)
            except OSError:
                self._lose(end)

    def _lose(self, end: _End) -> None:
        for each in (end, end.other):
            if each in self._ends:
                self._ends.remove(each)
                each.socket.close()


def _listener(port: int) -> socket.socket:
    listener = socket.create_server(("127.0.0.1", port), backlog=128)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _CHUNK)  # small, so that a slow relay is felt soon
    return listener
