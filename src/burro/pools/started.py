"""The record of a command that was started for an allocation: a file that it writes itself, before it is anything else.

So who started it may die at any moment, and it is found again by what nobody else can have: boot, pid and birth.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from ..base.paths import boot_id, host

SUFFIX = ".started"

# Arguments: the record, the boot, the host, and the command. Its pid and its birth stay those of this shell.
_SHIM = '{ echo "$2" && echo "$3" && cat /proc/$$/stat; } >"$1.new" && mv "$1.new" "$1" || exit 75; shift 3; exec "$@"'


@dataclass(frozen=True)
class Started:
    """One record. `born`: in ticks of the kernel's since the boot (proc_pid_stat(5)); `since`: seconds since 1970."""

    mark: str
    boot: str
    host: str
    pid: int
    born: int
    since: float

    @property
    def id(self) -> str:
        """A short name that no other has."""
        return id_of(self.mark)

    @property
    def is_here(self) -> bool:
        """Whether this machine can tell if it lives."""
        return self.boot == boot_id() or self.host == host()

    @property
    def is_alive(self) -> bool:
        """Whether it runs on this machine."""
        found = _stat(f"/proc/{self.pid}/stat") if self.boot == boot_id() else None
        return found is not None and found[1:] == ("live", self.born)


def id_of(mark: str) -> str:
    """The part of a mark that makes it the only one."""
    return mark.rpartition("-")[2]


def record_of(directory: str, mark: str) -> str:
    """The file."""
    return os.path.join(directory, mark + SUFFIX)


def recording(path: str, words: list[str]) -> list[str]:
    """The command that writes the record and becomes `words`."""
    return ["/bin/sh", "-c", _SHIM, "sh", path, boot_id(), host(), *words]


def records(directory: str) -> list[Started]:
    """All there are. Raises OSError."""
    found = []
    for name in sorted(os.listdir(directory)):
        if name.endswith(SUFFIX):
            one = _read(os.path.join(directory, name), name[: -len(SUFFIX)])
            found += [] if one is None else [one]
    return found


def _read(path: str, mark: str) -> Started | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            boot, machine, stat = file.read().split("\n", 2)
            since = os.fstat(file.fileno()).st_mtime
    except (OSError, ValueError):
        return None
    fields = stat.rpartition(")")[2].split()
    return Started(mark, boot, machine, int(stat.split(" ", 1)[0]), int(fields[19]), since)


def _stat(path: str) -> tuple[int, str, int] | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return int(text.split(" ", 1)[0]), "dead" if fields[0] in "ZX" else "live", int(fields[19])
