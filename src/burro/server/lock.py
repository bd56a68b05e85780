"""One server for a queue: its lock, and what is on record of another machine."""

from __future__ import annotations

import fcntl
import os

from ..base.clock import pause
from ..base.errors import Unreachable
from ..link.call import elsewhere, server_record

LOOK_EVERY = 10.0  # seconds between looks of a server whether its lock is still its own
_NAME = "server.lock"


def take_lock(queue: str, *, take_over: bool = False, succeeds: bool = False, patience: float = 3 * LOOK_EVERY) -> int:
    """The lock, as a descriptor. Raises Unreachable where another server has it, or is on record at another machine.

    `succeeds`: the last one was in an allocation that has ended, and so is gone, or nearly so; `patience`: seconds
    for it to see that.
    """
    end = _take(os.path.join(queue, _NAME))
    if end is None:
        raise Unreachable(f"a server for {queue} runs already and stays as it is; ask it with: burro status")
    record = server_record(queue)
    if record is None or not elsewhere(record) or take_over:
        return end
    if succeeds and record.get("allocation"):
        return _take_for_good(queue, end, patience)
    os.close(end)
    raise Unreachable(
        f"the server of {queue} is on record at {record.get('host')}; use burro there, "
        "or, if that machine is gone: burro up --take-over"
    )


def is_ours(queue: str, lock: int) -> bool | None:
    """Whether the lock is the one that is held by this descriptor; None where there is none at all any more."""
    try:
        return os.path.samestat(os.stat(os.path.join(queue, _NAME)), os.fstat(lock))
    except OSError:
        return None


def _take(path: str) -> int | None:
    end = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(end, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(end)
        return None
    return end


def _take_for_good(queue: str, old: int, patience: float) -> int:
    """Another lock in place of the old one, and time for whoever may still believe in that to see it and leave.

    A node may be lost to its scheduler, and live; locks of a network file system may be its own.
    """
    fresh = os.path.join(queue, f"{_NAME}.{os.getpid()}")
    end = _take(fresh)
    assert end is not None
    os.rename(fresh, os.path.join(queue, _NAME))
    os.close(old)
    pause(patience)
    return end
