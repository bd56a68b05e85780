"""Carries bytes both ways between a worker and a TLS connection, and waits for neither alone."""

from __future__ import annotations

import select
import socket
import ssl

from ..base.failpoint import hit

_ENOUGH = 2**20  # bytes under way: more is not taken before these are gone
_CHUNK = 1 << 16
_LATER = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Pump:
    """`server` speaks TLS: the kernel does not know what it has read already, so it is always read until it is dry."""

    def __init__(self, worker: socket.socket, server: socket.socket) -> None:
        self._worker, self._server = worker, server
        self._to_worker = self._to_server = b""
        worker.setblocking(False)
        server.setblocking(False)

    def run(self) -> int:
        """Until one side is gone: what was said goes out, as far as it is taken."""
        try:
            while self._move():
                self._wait()
        except OSError:
            pass
        return 0

    def _wait(self) -> None:
        poll = select.poll()
        read = select.POLLIN if len(self._to_server) < _ENOUGH else 0
        poll.register(self._worker, read | (select.POLLOUT if self._to_worker else 0))
        read = select.POLLIN if len(self._to_worker) < _ENOUGH else 0
        poll.register(self._server, read | (select.POLLOUT if self._to_server else 0))
        poll.poll()

    def _move(self) -> bool:
        """Move what can be moved; False at the end of either side."""
        heard, server_is_there = _read(self._server, _ENOUGH - len(self._to_worker))
        if heard:
            hit("dial.to_worker")
        self._to_worker = _write(self._worker, self._to_worker + heard)
        said, worker_is_there = _read(self._worker, _ENOUGH - len(self._to_server))
        if said:
            hit("dial.to_server")
        self._to_server = _write(self._server, self._to_server + said)
        return server_is_there and worker_is_there


def _read(end: socket.socket, most: int) -> tuple[bytes, bool]:
    """What is there, about so much of it at most; and whether more may come."""
    chunks: list[bytes] = []
    while most > 0:
        try:
            chunk = end.recv(_CHUNK)
        except _LATER:
            break
        except OSError:
            chunk = b""
        if not chunk:
            return b"".join(chunks), False
        chunks.append(chunk)
        most -= len(chunk)
    return b"".join(chunks), True


def _write(end: socket.socket, text: bytes) -> bytes:
    """What is left of it. Raises OSError where nobody takes it."""
    while text:
        try:
            text = text[end.send(text[:_CHUNK]) :]
        except _LATER:
            break
    return text
