"""What every part of a queue asks by: its connection, which is made when it is needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from ..base import paths
from .caller import Caller


class Asks:
    """The way to one queue."""

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        """Nothing is started or made before it is needed."""
        self.path = paths.queue_dir(None if path is None else os.fspath(path))
        self._caller = Caller(self.path)

    def listen(self, message: dict[str, Any], *, timeout: float | None = None) -> Iterator[dict[str, Any]]:
        """The lines of a long answer, as docs/protocol.md has them. Raises TimeoutError after `timeout` seconds."""
        return self._caller.lines(message, timeout=timeout)

    def close(self) -> None:
        """Close the connection. The queue lives on."""
        self._caller.close()

    def _ask(self, verb: str, **fields: object) -> dict[str, Any]:
        return self._caller.ask({"op": verb, **fields})

    def _ask_apart(self, verb: str, **fields: object) -> dict[str, Any]:
        """By a connection of its own: the answer may take its time, and other threads want theirs."""
        caller = Caller(self.path)
        try:
            return caller.ask({"op": verb, **{name: value for name, value in fields.items() if value is not None}})
        finally:
            caller.close()
