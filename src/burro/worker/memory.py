"""How much memory tasks use where no control group keeps them to it, and whether one died for want of it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from math import inf
from typing import Optional

from ..base.clock import since_boot
from ..base.text import format_size
from .groups import oom_kills
from .running import Running

LOOK_EVERY = 1.0  # seconds
KILLED = (-9, 137)  # by SIGKILL; 137 is what a shell makes of that
_PAGE = os.sysconf("SC_PAGESIZE")


class OomKills:
    """The kernel's own count of processes that it killed because memory was short (proc(5), vmstat)."""

    def __init__(self, path: str = "/proc/vmstat") -> None:
        self._path = path
        self._count = self._read()
        self._rose = -inf  # seconds since boot

    def look(self) -> None:
        """Note whether it rose; the oftener somebody looks, the better we know when."""
        count = self._read()
        if count > self._count:
            self._count, self._rose = count, since_boot()

    def rose_since(self, moment: float) -> bool:
        """Whether it was seen to rise later than `moment` (seconds since boot)."""
        self.look()
        return self._rose >= moment

    def _read(self) -> int:
        try:
            with open(self._path, "rb") as file:
                text = file.read()
            return int(text.partition(b"oom_kill ")[2].split(None, 1)[0])
        except (OSError, ValueError, IndexError):
            return 0  # a kernel before 4.13: then a kill is a kill


def blame(run: Running, code: Optional[int], kills: OomKills) -> Optional[str]:
    """Why a task that ended by itself with `code` was out of memory; None where it was not."""
    if run.group is not None and oom_kills(run.group):
        return f"it needed more than the {format_size(run.needs.mem)} it asked for, and the kernel ended it"
    if code in KILLED and kills.rose_since(run.begun):
        return "the machine was short of memory, and the kernel killed a process of it"
    return None


def excess(run: Running, pids: Iterable[int]) -> Optional[str]:
    """Why a task that consists of these processes is to be stopped; None where it keeps to what it asked for."""
    pids = list(pids)
    if sum(map(_resident, pids)) <= run.needs.mem:
        return None  # cheap, and counts too much: files that are mapped, and what processes share
    used = sum(map(_own, pids))
    run.peak = max(run.peak, used)
    if used <= run.needs.mem:
        return None
    return f"it used {format_size(used)} of the {format_size(run.needs.mem)} it asked for"


def _resident(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _own(pid: int) -> int:
    """Bytes that no file holds, those shared with others in part (kernel documentation, smaps_rollup)."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            rows = [line.split() for line in file.read().splitlines()[1:]]
    except OSError:
        return _resident(pid)  # gone, or an old kernel
    sizes = {row[0]: int(row[1]) * 1024 for row in rows if len(row) == 3}
    if b"Pss_Anon:" not in sizes:
        return sizes.get(b"Pss:", 0)
    return sizes[b"Pss_Anon:"] + sizes.get(b"Pss_Shmem:", 0)
