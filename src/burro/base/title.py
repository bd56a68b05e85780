"""The short name of a process."""

from __future__ import annotations


def set_title(name: str) -> None:
    """The short name that ps and top show (proc(5), /proc/self/comm)."""
    try:
        with open("/proc/self/comm", "w", encoding="ascii") as file:
            file.write(name)
    except OSError:
        return  # only a name
