"""Carries a worker's words as files of a shared directory, where its node cannot connect to the server's machine.

Nobody tells of a new file in a directory of another machine: it is looked for, often while words come, seldom else.
"""

from __future__ import annotations

import select
import socket

from ..base.clock import pause
from ..base.failpoint import hit
from ..link.lines import encode
from ..link.spool import Spool
from ..link.way import OPEN

_CHUNK = 1 << 20  # bytes that are taken of the worker at a time
_LOOKS = (
    0.02,
    0.05,
    0.1,
    0.2,
    0.5,
    1.0,
)  # seconds to the next look, after so many in vain


class Courier:
    """One connection at work: between `worker` and the files of `spool`."""

    def __init__(self, worker: socket.socket, spool: Spool) -> None:
        self._worker, self._spool = worker, spool
        self._to_worker = self._to_server = b""
        worker.setblocking(False)

    def is_let_in(self) -> bool:
        """Whether the server has seen it. Raises OSError where the connection is over."""
        said = self._spool.take()
        first = encode(OPEN)
        if said and not said.startswith(first):
            raise OSError(f"{self._spool.directory} has words of somebody else")
        self._to_worker += said[len(first) :]
        return bool(said)

    def close(self) -> None:
        """Nothing more is to come."""
        self._spool.close()

    def run(self) -> int:
        """Until one side is gone: what was said goes out, as far as it is taken."""
        vain = 0
        try:
            while True:
                heard = self._spool.take()
                if heard:
                    hit("folder.to_worker")
                said, is_there = self._hear()
                self._pass_on(heard, said)
                if not is_there:
                    break
                vain = 0 if heard or said else vain + 1
                self._wait(_LOOKS[min(vain, len(_LOOKS) - 1)])
        except OSError:
            pass  # one of them is gone
        self._spool.close()
        return 0

    def _hear(self) -> tuple[bytes, bool]:
        """What the worker says, while the server takes it; whether it is still there."""
        if self._to_server:
            return b"", True
        try:
            said = self._worker.recv(_CHUNK)
        except BlockingIOError:
            return b"", True
        return said, bool(said)

    def _pass_on(self, heard: bytes, said: bytes) -> None:
        self._to_worker += heard
        while self._to_worker:
            try:
                self._to_worker = self._to_worker[self._worker.send(self._to_worker[:_CHUNK]) :]
            except BlockingIOError:
                break
        if said:
            hit("folder.to_server")
        if self._to_server or said:
            self._to_server = self._spool.write(self._to_server + said)

    def _wait(self, seconds: float) -> None:
        """Until the worker says something, or it is time to look again."""
        if self._to_server:
            pause(seconds)  # the server is behind: what the worker says, and its end, have to wait
            return
        poll = select.poll()
        poll.register(self._worker, select.POLLIN | (select.POLLOUT if self._to_worker else 0))
        poll.poll(int(seconds * 1000))
