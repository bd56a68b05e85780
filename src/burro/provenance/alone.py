"""One finish of a repository at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from .git import Git
from .index import tidy
from .remains import discard_old


@contextmanager
def alone(git: Git) -> Iterator[None]:
    """Only one finish of a repository works at a time; one that was killed leaves nothing locked."""
    os.makedirs(os.path.join(git.shared, "burro"), exist_ok=True)
    lock = os.open(os.path.join(git.shared, "burro", "finish.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        tidy(git)
        discard_old(git)
        yield
    finally:
        os.close(lock)
