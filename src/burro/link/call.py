"""A client's end: find the server of a queue, ask it, read its answers."""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Iterator
from typing import Optional, Protocol

from ..base.errors import Silent, Unreachable, UsageError, error_of
from ..base.paths import boot_id, check_socket_dir, host
from .lines import BadLine, LineReader, Message, encode

_PIECE = 1 << 16  # bytes sent at a time while somebody looks at the clock


def patience() -> float:
    """Seconds to wait for an answer that is due at once: $BURRO_PATIENCE, else 30. Raises UsageError."""
    text = os.environ.get("BURRO_PATIENCE") or "30"
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 86400:
        raise UsageError(f"BURRO_PATIENCE is seconds to wait for an answer, as in 30, not '{text}'")
    return seconds


class Patience(Protocol):
    """What decides how long an answer is waited for (link/silence.py)."""

    def left(self) -> float:
        """Seconds to listen until this is to be asked again. Raises Silent when it was long enough."""

    def heard(self, *, asked: int = 0) -> None:
        """The other end took something, or said something; so many bytes were asked."""


def server_record(queue: str) -> Message | None:
    """What server.json says; None where there is none or it is cut off. Raises Unreachable for somebody else's."""
    try:
        with open(os.path.join(queue, "server.json"), encoding="utf-8") as file:
            record = json.load(file)
    except PermissionError:
        raise Unreachable(f"the queue {queue} is not open to you; choose your own with --queue DIR") from None
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def elsewhere(record: Message) -> bool:
    """Whether a server record was written by another machine (not by an earlier boot of this one)."""
    return record.get("host") != host() and record.get("boot") != boot_id()


def is_served_elsewhere(queue: str) -> bool:
    """Whether the queue's server is on record at another machine, which shares its directory."""
    record = server_record(queue)
    return record is not None and elsewhere(record)


def peer_uid(end: socket.socket) -> int:
    """The user id at the other end of a unix socket."""
    return peer(end)[1]


def peer(end: socket.socket) -> tuple[int, int]:
    """Process and user at the other end of a unix socket, as the kernel knows them (unix(7), SO_PEERCRED)."""
    pid, uid, _gid = struct.unpack("3i", end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(pid), int(uid)


def connect(queue: str) -> socket.socket:
    """A socket to the queue's server. Raises Unreachable where none answers."""
    record = server_record(queue)
    if record is None:
        raise Unreachable(f"no server runs for the queue {queue}; start it with: burro up")
    if elsewhere(record):
        raise Unreachable(
            f"the server of {queue} runs on {record.get('host')}; use burro there, or here after: burro up --take-over"
        )
    path = str(record.get("socket"))
    check_socket_dir(os.path.dirname(path))
    end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _connect(end, path)
    except BlockingIOError:
        end.close()
        raise Silent(f"the server of {queue} takes no more connections; see: burro doctor") from None
    except OSError:
        end.close()
        raise Unreachable(f"the server of {queue} does not answer; start it with: burro up") from None
    if peer_uid(end) != os.geteuid():
        end.close()
        raise Unreachable(f"somebody else answers at {path}; remove it and try again")
    return end


def _connect(end: socket.socket, path: str) -> None:
    """Raises BlockingIOError where the line before the server is full and does not move (unix(7), SO_SNDTIMEO)."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(patience()) + 1, 0))
    end.connect(path)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 0, 0))


class Connection:
    """One connection to the server of a queue; a context manager."""

    def __init__(self, queue: str, *, timeout: float | None = None, end: socket.socket | None = None) -> None:
        """Connect, or use the `end` of a way that is open. `timeout` is for each answer. Raises Unreachable."""
        self._socket = connect(queue) if end is None else end
        self._socket.settimeout(timeout)
        self._timeout = timeout
        self._patience: Optional[Patience] = None
        self._reader = LineReader()
        self._waiting: list[Message] = []

    def ask(self, message: Message, *, patience: Optional[Patience] = None) -> Message:
        """The answer to one request. Raises the error that the server answers, or Unreachable when it goes away.

        When `patience` ends it is Silent, and the connection is of no more use: the answer may still come.
        """
        self._patience = patience
        try:
            self._send(message)
            return self._next()
        finally:
            if patience is not None:
                self._patience = None
                self._socket.settimeout(self._timeout)

    def stream(self, message: Message) -> Iterator[Message]:
        """The answers to one request, up to and with the one marked `end`. Raises as `ask` does."""
        self._send(message)
        while True:
            answer = self._next()
            yield answer
            if answer.get("end"):
                return

    def _send(self, message: Message) -> None:
        line = encode(message)
        try:
            if self._patience is None:
                self._socket.sendall(line)
            else:
                self._send_in_pieces(line, self._patience)
        except OSError as error:
            raise Unreachable(f"the server went away ({error.strerror}); try again") from None

    def _send_in_pieces(self, line: bytes, patience: Patience) -> None:
        place = 0
        while place < len(line):
            self._socket.settimeout(patience.left())
            try:
                place += self._socket.send(line[place : place + _PIECE])
            except socket.timeout:
                continue
            patience.heard()
        patience.heard(asked=len(line))

    def _next(self) -> Message:
        while not self._waiting:
            self._waiting.extend(self._receive())
        answer = self._waiting.pop(0)
        if answer.get("leaving"):
            raise Unreachable(str(answer["error"]))
        if "error" in answer:
            raise error_of(int(answer.get("code", 1)), str(answer["error"]))
        return answer

    def _receive(self) -> list[Message]:
        try:
            chunk = self._chunk()
        except OSError as error:
            raise Unreachable(f"the server did not answer ({error.strerror or error}); try again") from None
        if not chunk:
            raise Unreachable("the server went away before it answered; try again")
        try:
            return self._reader.feed(chunk)
        except BadLine as error:
            raise Unreachable(f"what answers is no burro server ({error})") from None

    def _chunk(self) -> bytes:
        while self._patience is not None:
            self._socket.settimeout(self._patience.left())
            try:
                chunk = self._socket.recv(1 << 18)
            except socket.timeout:
                continue
            self._patience.heard()
            return chunk
        return self._socket.recv(1 << 18)

    @property
    def _has_read(self) -> bool:
        """Whether bytes are here of which the kernel knows nothing any more: TLS reads whole records."""
        pending = getattr(self._socket, "pending", None)
        return pending is not None and pending() > 0

    def outlast(self, seconds: float) -> bool:
        """Wait until the server has left, at most so long; whether it has."""
        self._socket.settimeout(seconds)
        try:
            while self._socket.recv(1 << 18):
                pass
        except OSError as error:
            return not isinstance(error, TimeoutError)
        return True

    def close(self) -> None:
        """Close it; the server forgets what was not yet answered."""
        self._socket.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
