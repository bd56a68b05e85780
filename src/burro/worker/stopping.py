"""Stopping a task: TERM to the whole tree, a grace, then KILL until nothing is left of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable
from typing import Optional

from ..base.clock import pause, steady
from ..base.failpoint import hit
from .groups import kill_group
from .processes import Process, is_born_between, send
from .running import Census, Running

GRACE = 10.0  # seconds between TERM and KILL
LINGER = 2.0  # the same for what a task leaves behind when it ends by itself
_ROUNDS = 50

Count = Callable[[], Census]


def ask_to_end(run: Running, census: Census, leaders: Iterable[int]) -> None:
    """TERM to every process of a task; one that is stopped is woken to hear it."""
    hit("stop.before_term")
    send_all(run, census, leaders, signal.SIGTERM, signal.SIGCONT)
    hit("stop.after_term")


def send_all(
    run: Running,
    census: Census,
    leaders: Iterable[int],
    *numbers: int,
    where: Optional[Callable[[int, int], bool]] = None,
) -> int:
    """These signals to every process of a task, or those `where` pid and signal are right; how many were sent."""
    sent = 0
    for pid in census.members(run, leaders=leaders):
        process = census.table[pid]
        if _is_still(run, process):
            for number in numbers:
                sent += (where is None or where(pid, number)) and send(process, number)
    return sent


def kill_tree(run: Running, count: Count, leaders: Iterable[int]) -> bool:
    """KILL every process of a task; whether all are dead now.

    First all are stopped and counted again until no new one appears, so that none escapes by forking meanwhile.
    """
    leaders = list(leaders)
    seen: set[int] = set()
    for _ in range(_ROUNDS):
        if run.group is not None:
            kill_group(run.group)
        census = count()
        members = census.members(run, leaders=leaders)
        fresh = {pid for pid in members if pid not in seen and _is_still(run, census.table[pid])}
        for pid in fresh:
            send(census.table[pid], signal.SIGSTOP)
        seen |= fresh
        if not fresh:
            for pid in members:
                send(census.table[pid], signal.SIGKILL)
            return not members
    return False


def _is_still(run: Running, process: Process) -> bool:
    """Whether a leader's pid is still that leader: never signal what merely has its number now."""
    return process.pid != run.pid or is_born_between(process, run.begun, run.spawned)


def kill_all(processes: Iterable[Process], again: Callable[[], list[Process]], within: float = 5.0) -> bool:
    """KILL these and what `again` still finds, until none is left; False where `within` seconds do not do."""
    deadline = steady() + within
    left = list(processes)
    while left and steady() < deadline:
        for process in left:
            if process.pid != os.getpid():
                send(process, signal.SIGKILL)
        pause(0.005)
        left = again()
    return not left


def is_alone(run: Running) -> bool:
    """Whether a dead leader's process group is empty: the cheap question, one system call."""
    try:
        os.killpg(run.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
