"""The output of a task, read through the server: where the file lies at another machine, or on its way home."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Mapping
from typing import Any

from ..link.elsewhere import is_elsewhere
from ..model.pool import LOCAL
from .caller import Caller

BLOCK = 1 << 20  # bytes asked for at a time
STREAMS = {"stdout": "out", "stderr": "err"}


def is_far(caller: Caller, row: Mapping[str, Any], stream: str) -> bool:
    """Whether the file that `row` names for a stream cannot be opened here: it lies elsewhere, or is on its way."""
    if is_elsewhere(caller.queue) or row.get("elsewhere"):
        return True
    path, pool = row.get(stream), row.get("pool")
    return path is not None and pool not in (None, LOCAL) and not os.path.exists(path)


class FarFile:
    """One stream of one task."""

    def __init__(self, caller: Caller, task: str, stream: str, *, attempt: int | None = None) -> None:
        self._caller = caller
        self._asked = {"op": "read", "task": task, "which": STREAMS[stream], "attempt": attempt}
        self.away: str | None = None  # the pool where it lies, where that cannot be reached
        self.size: int | None = None  # when it was last looked at; None where there is no file

    def block(self, offset: int, size: int = BLOCK) -> bytes:
        """At most so many bytes that stand behind `offset` now."""
        answer = self._caller.ask({**self._asked, "offset": offset, "size": size})
        self.size, self.away = answer["size"], answer.get("away")
        return base64.b64decode(answer["b64"])

    def blocks(self) -> Iterator[bytes]:
        """All that it holds now."""
        place = 0
        while block := self.block(place):
            place += len(block)
            yield block
