"""Carries bytes between the connection and the worker, both ways, and never waits for one of them alone."""

from __future__ import annotations

import os
import select
import socket

from ..base.clock import steady
from ..base.failpoint import hit
from ..link.lines import encode
from .files import OPS, Files

SILENCE = 90.0  # seconds without a word of the server after which the link is given up
_ENOUGH = 2**20  # bytes under way: more is not taken before these are gone
_CHUNK = 1 << 16
_SIGN_EVERY = 0.5  # seconds between signs of life while a long message comes: a ping behind it has to wait
_SIGN = encode({"op": "pong", "n": 0})


class Sorter:
    """Divides what the server says, however it is cut, into bytes for the worker and lines that are the link's own."""

    def __init__(self) -> None:
        self._begun = b""  # a line of which we cannot tell yet, or our own that is not whole
        self._passing = False  # within a line of the worker's

    def feed(self, chunk: bytes) -> tuple[bytes, list[bytes]]:
        """Bytes to pass on, and lines to answer."""
        passed, own = [], []
        chunk, self._begun = self._begun + chunk, b""
        while chunk:
            line, end, rest = chunk.partition(b"\n")
            if not self._passing and not end and self._may_be_own(line):
                self._begun = chunk
                break
            if not self._passing and line.startswith(OPS):
                own.append(line)
            else:
                passed.append(line + end)
                self._passing = not end
            chunk = rest
        return b"".join(passed), own

    @property
    def is_within(self) -> bool:
        """Whether the end of a line is still to come."""
        return self._passing or bool(self._begun)

    def _may_be_own(self, line: bytes) -> bool:
        return line.startswith(OPS) or any(op.startswith(line) for op in OPS)


class Relay:
    """One link at work. `end`: the worker; `rest`: what came behind the settings."""

    def __init__(self, end: socket.socket, rest: bytes, *, silence: float) -> None:
        self._end, self._silence = end, silence
        self._sorter, self._files = Sorter(), Files()
        self._to_worker = self._to_server = b""
        self._answers = b""  # lines that wait for the end of a line of the worker's
        self._within = False  # what went to the server last is no whole line
        self._heard = self._said = steady()
        end.setblocking(False)
        os.set_blocking(0, False)
        os.set_blocking(1, False)
        self._take(rest)

    def run(self) -> int:
        """Until one side is gone: what was said goes out, as far as it is taken."""
        while True:
            poll = select.poll()
            self._register(poll)
            left = self._heard + self._silence - steady()
            if left <= 0:
                return 1
            ready = dict(poll.poll(int(left * 1000) + 1))
            try:
                if not self._serve(ready):
                    return 0
            except OSError:
                return 0  # one of them is gone

    def _register(self, poll: select.poll) -> None:
        if len(self._to_worker) < _ENOUGH:
            poll.register(0, select.POLLIN)
        read = select.POLLIN if len(self._to_server) < _ENOUGH else 0
        poll.register(self._end, read | (select.POLLOUT if self._to_worker else 0))
        poll.register(1, select.POLLOUT if self._to_server else 0)  # without a wish: its end is told all the same
        poll.register(self._files.number, select.POLLIN)

    def _serve(self, ready: dict[int, int]) -> bool:
        """Move what can be moved; False at the end of either side."""
        gone = select.POLLERR | select.POLLHUP
        if 0 in ready:
            chunk = _read(0)
            if chunk == b"":
                return False
            self._take(chunk or b"")
        if self._files.number in ready:
            self._say(b"", self._files.take())
        if ready.get(self._end.fileno(), 0) & (select.POLLIN | gone):
            chunk = _receive(self._end)
            if chunk == b"":
                self._flush()
                return False
            self._say(chunk or b"", b"")
        if ready.get(1, 0) & select.POLLERR:
            return False
        self._flush()
        return True

    def _take(self, chunk: bytes) -> None:
        if chunk:
            self._heard = steady()
        passed, own = self._sorter.feed(chunk)
        self._to_worker += passed
        for line in own:
            self._files.ask(line)
        if chunk and self._sorter.is_within and self._heard >= self._said + _SIGN_EVERY:
            self._say(b"", _SIGN)
        if passed:
            hit("link.to_worker")

    def _say(self, chunk: bytes, answers: bytes) -> None:
        """To the server: the worker's bytes as they come, answers between its lines."""
        self._said = steady()
        self._answers += answers
        if self._answers and self._within and b"\n" in chunk:
            head, _, chunk = chunk.partition(b"\n")
            self._to_server += head + b"\n"
            self._within = False
        if not self._within:
            self._to_server += self._answers
            self._answers = b""
        if chunk:
            self._to_server += chunk
            self._within = not chunk.endswith(b"\n")
            hit("link.to_server")

    def _flush(self) -> None:
        if self._to_worker:
            try:
                self._to_worker = self._to_worker[self._end.send(self._to_worker) :]
            except BlockingIOError:
                pass
        if self._to_server:
            try:
                self._to_server = self._to_server[os.write(1, self._to_server) :]
            except BlockingIOError:
                pass


def _read(number: int) -> bytes | None:
    """What is there; empty at the end, None where nothing is."""
    try:
        return os.read(number, _CHUNK)
    except BlockingIOError:
        return None


def _receive(end: socket.socket) -> bytes | None:
    try:
        return end.recv(_CHUNK)
    except BlockingIOError:
        return None
