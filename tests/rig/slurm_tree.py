"""Who descends from a process, and the end of all of them."""

from __future__ import annotations

import os
import signal
from collections import defaultdict

from tests.crew import is_alive, kill, parent_of, pids
from tests.waiting import until

_LONG = 10  # seconds for a process to be gone once it was killed


def descendants(root: int) -> list[int]:
    """Children, their children and so on, nearest first."""
    children = defaultdict(list)
    for pid in pids():
        children[parent_of(pid)].append(pid)
    found = children[root]
    for pid in found:  # grows as it is walked
        found += children[pid]
    return found


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
