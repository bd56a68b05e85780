"""JSON lines, cut out of a stream of bytes."""

from __future__ import annotations

import json
from typing import Any

LONGEST = 64 * 2**20
Message = dict[str, Any]  # what JSON gives: the receiver checks each field where it uses it


class BadLine(ValueError):
    """What came is no JSON object, or too long; the connection is of no more use."""


def encode(message: Message) -> bytes:
    """One message as a line."""
    return json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"


class LineReader:
    """Collects bytes and gives whole messages back, however the stream was cut."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> list[Message]:
        """The messages completed by `chunk`. Raises BadLine."""
        if b"\n" not in chunk:
            self._keep(chunk)
            return []
        head, *rest = chunk.split(b"\n")
        lines = [b"".join([*self._parts, head]), *rest[:-1]]
        self._parts, self._size = [], 0
        self._keep(rest[-1])
        return [_decode(line) for line in lines if line]

    def _keep(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > LONGEST:
            raise BadLine("a line is too long")
        if chunk:
            self._parts.append(chunk)


def _decode(line: bytes) -> Message:
    try:
        message = json.loads(line)
    except ValueError as error:
        raise BadLine(f"a line is no JSON: {error}") from None
    if not isinstance(message, dict):
        raise BadLine("a line is no JSON object")
    return message
