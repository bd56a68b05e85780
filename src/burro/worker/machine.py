"""What this machine offers."""

from __future__ import annotations

import os


def cpus() -> int:
    """Cpus that this process may use."""
    return len(os.sched_getaffinity(0))


def memory() -> int:
    """Bytes of memory (proc(5), meminfo)."""
    with open("/proc/meminfo", encoding="ascii") as file:
        return int(file.readline().split()[1]) * 1024
