"""Output that goes home: what a task on another machine wrote, told to the server before the task's end."""

from __future__ import annotations

import base64
import functools
import os
import stat
from collections.abc import Iterator, Mapping
from typing import Any

from ..base.mounts import is_network
from ..link.lines import Message
from .entry import Key
from .outbox import Home

LARGEST = 2**16  # bytes of a file that travels with the end; the server fetches what is larger
_ENOUGH = 2**20  # bytes that travel with one report


def outputs(ends: list[list[Any]], home: Mapping[Key, Home]) -> Iterator[Message]:
    """A message for each file of the attempts that ended and whose output goes home."""
    left = _ENOUGH if home else 0
    for job, idx, token, *_ in ends:
        for which, path in zip(("out", "err"), home.get((job, idx, token), ())):
            if path is not None:
                found = read(path, most=max(0, min(left, LARGEST)))
                left -= len(found.get("text") or found.get("b64") or "")
                yield {"op": "output", "key": [job, idx, token], "which": which, "path": path, **found}


def read(path: str, *, most: int) -> Message:
    """Size and content; without content where there is much, where it is no regular file or its disk may hang."""
    if _is_far(os.path.dirname(path)):
        return {"size": None}
    try:
        end = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return {"size": None, "error": error.strerror}
    try:
        found = os.fstat(end)
        if not stat.S_ISREG(found.st_mode):
            return {"size": None, "error": "is no regular file"}
        if found.st_size > most:
            return {"size": found.st_size}
        content = os.read(end, most)
    except OSError as error:
        return {"size": None, "error": error.strerror}
    finally:
        os.close(end)
    if content.isascii():
        return {"size": len(content), "text": content.decode("ascii")}
    return {"size": len(content), "b64": base64.b64encode(content).decode("ascii")}


@functools.lru_cache(maxsize=256)
def _is_far(directory: str) -> bool:
    return is_network(directory)
