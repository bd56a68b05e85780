"""Slips of paper: small files by which the server and a task that is a scheduler's own job tell each other.

They lie in a directory that both see. A name is given to what is whole, so nobody ever reads a half; of two who put the
first one down only one succeeds, also on network file systems (link(2)).
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from typing import Any, Optional

Slip = Mapping[str, Any]

JOB = "job.json"  # what is to be run: the server's
BEGUN, ENDED, BEAT = "begun", "ended", "beat"  # of a task, behind its index


def path_of(directory: str, idx: int, kind: str) -> str:
    """Where a task's slip lies."""
    return os.path.join(directory, f"{idx}.{kind}")


def put_first(path: str, slip: Slip, *, synced: bool = True) -> bool:
    """Put a slip down unless there is one already; whether this is the one. Raises OSError.

    Who puts many down may leave out that each is `synced`, and sync their directory.
    """
    draft = _written(path, slip, synced=synced)
    try:
        os.link(draft, path)
    except FileExistsError:
        return os.path.samefile(draft, path)  # the answer to an earlier try was lost on the way
    finally:
        os.unlink(draft)
    return True


def put(path: str, slip: Slip) -> None:
    """Put a slip down, in the place of one that may be there. Raises OSError."""
    os.replace(_written(path, slip), path)


def read(path: str) -> Optional[dict[str, Any]]:
    """A slip; None where there is none. Raises OSError where nobody can say."""
    try:
        with open(path, encoding="ascii") as file:
            found: dict[str, Any] = json.load(file)
    except FileNotFoundError:
        return None
    return found


def sync(directory: str) -> None:
    """The names in it are on disk. Raises OSError."""
    end = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(end)
    finally:
        os.close(end)


def _written(path: str, slip: Slip, *, synced: bool = True) -> str:
    directory, name = os.path.split(path)
    draft = os.path.join(directory, f".{name}.{secrets.token_hex(6)}")
    with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
        json.dump(slip, file)
        if synced:
            file.flush()
            os.fsync(file.fileno())
    return draft
