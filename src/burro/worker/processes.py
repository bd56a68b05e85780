"""What /proc says of processes, and signals that reach the one that was meant or none (proc(5), pidfd_open(2))."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Iterable
from typing import Optional

_TICKS = os.sysconf("SC_CLK_TCK")
_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)

Marks = dict[bytes, bytes]


class Process:
    """One process at the time of a scan. `born`: seconds since boot, by steps of a clock tick."""

    __slots__ = ("born", "group", "parent", "pid", "session", "state")

    def __init__(self, pid: int, text: bytes) -> None:
        fields = text[text.rindex(b")") + 2 :].split()
        self.pid = pid
        self.state = fields[0]
        self.parent, self.group, self.session = int(fields[1]), int(fields[2]), int(fields[3])
        self.born = int(fields[19]) / _TICKS


def look(pid: int) -> Optional[Process]:
    """The process of that number now; None where there is none."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return Process(pid, file.read())
    except (OSError, ValueError):
        return None


def scan() -> dict[int, Process]:
    """All processes that can be seen."""
    found = (look(int(name)) for name in os.listdir("/proc") if name.isdigit())
    return {process.pid: process for process in found if process is not None}


def children(pid: int) -> Optional[set[int]]:
    """The children of a process that has one thread (proc(5), children); None where the kernel does not list them.

    Of our own nothing is missing: only we can reap one while the kernel writes the list.
    """
    try:
        with open(f"/proc/{pid}/task/{pid}/children", "rb") as file:
            return {int(child) for child in file.read().split()}
    except OSError:
        return None


def marks(pid: int) -> Marks:
    """What burro wrote into the environment of a process: its BURRO_ variables. Empty where it cannot be read."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            text = file.read()
    except OSError:
        return {}
    pairs = (part.partition(b"=") for part in text.split(b"\0") if part.startswith(b"BURRO_"))
    return {name: value for name, _, value in pairs}


def is_born_between(process: Optional[Process], first: float, last: float) -> bool:
    """Whether it was spawned between two moments (seconds since boot): a later process of its pid was not."""
    return process is not None and first - 2 / _TICKS <= process.born <= last + 2 / _TICKS


def below(roots: Iterable[int], table: dict[int, Process]) -> set[int]:
    """The pids of `roots` and of all their descendants, those of burro's own roles and what is below them left out."""
    children: dict[int, list[int]] = {}
    for process in table.values():
        children.setdefault(process.parent, []).append(process.pid)
    found: set[int] = set()
    walk = [pid for pid in roots if pid in table]
    while walk:
        pid = walk.pop()
        if pid in found or b"BURRO_ROLE" in marks(pid):
            continue
        found.add(pid)
        walk.extend(children.get(pid, ()))
    return found


def send(process: Process, number: int) -> bool:
    """Signal just this process; False where it is gone, even if its pid was given to another one since."""
    if process.pid <= 1 or process.pid in (os.getpid(), os.getppid()):
        return False
    try:
        end = os.pidfd_open(process.pid)
    except (OSError, AttributeError):
        return False
    try:
        now = look(process.pid)
        if now is None or now.born != process.born or now.state == b"Z":
            return False
        signal.pidfd_send_signal(end, number)
        return True
    except ProcessLookupError:
        return False
    finally:
        os.close(end)


def become_subreaper() -> None:
    """From now on orphans below this process become its children, not init's. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def child_signals() -> int:
    """A descriptor that is readable when a child has ended (signalfd(2)): no handler runs, nothing is interrupted.

    SIGCHLD is blocked from now on; who starts a process gives it an empty mask.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    mask = (1 << (signal.SIGCHLD - 1)).to_bytes(128, "little")
    libc = ctypes.CDLL(None, use_errno=True)
    end = libc.signalfd(-1, mask, os.O_NONBLOCK | os.O_CLOEXEC)
    if end < 0:
        raise OSError(ctypes.get_errno(), "signalfd")
    return int(end)
