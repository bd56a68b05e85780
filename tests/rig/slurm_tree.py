"""The end of all that descends from a process."""

from __future__ import annotations

import os
import signal

from tests.crew import is_alive, kill
from tests.rig.tree import descendants
from tests.waiting import until

_LONG = 10  # seconds for a process to be gone once it was killed


def end_all(root: int) -> None:
    """Kill all that descend from `root`. All are stopped first: nobody sees another die and does something about it."""
    stopped: set[int] = set()
    while new := set(descendants(root)) - stopped:
        for pid in new:
            _stop(pid)
        stopped |= new
    until(lambda: _all_killed(root), within=_LONG)


def _stop(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGSTOP)
    except ProcessLookupError:
        pass


def _all_killed(root: int) -> bool:
    left = [pid for pid in descendants(root) if is_alive(pid)]
    for pid in left:
        kill(pid)
    return not left
