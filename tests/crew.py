"""The processes of a queue, found without guessing: the server by its record, the crew by its command lines."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Member:
    """A keeper or worker. `keeper`: the pid of a worker's keeper, 0: it has none; `heir`: it was a worker before."""

    role: str
    pid: int
    keeper: int
    heir: bool


def crew_of(queue: Path) -> list[Member]:
    """Keepers and workers of a queue that live."""
    found = [(pid, *place) for pid in pids() if (place := _place(pid, queue)) is not None]
    roles = {pid: role for pid, role, _ in found}
    parents = {pid: parent_of(pid) for pid, _, _ in found}
    return [
        Member(role, pid, parents[pid] if roles.get(parents[pid]) == "keeper" else 0, heir)
        for pid, role, heir in found
        # a child that still looks like its parent is between vfork and exec: a task to be, or a worker to be
        if roles.get(parents[pid]) != role
    ]


def _place(pid: int, queue: Path) -> tuple[str, bool] | None:
    """Role and whether it got the lock from an earlier life, for `python -I -S .../worker ROLE DIRECTORY [LOCK]`."""
    words = words_of(pid)
    for place, word in enumerate(words[:-1]):
        if word in ("keeper", "worker") and Path(words[place + 1]).parent == queue / "workers":
            return word, word == "keeper" and len(words) > place + 2
    return None


def server_of(queue: Path) -> int | None:
    """The server's pid; None where none lives."""
    try:
        pid = int(json.loads((queue / "server.json").read_text())["pid"])
    except (OSError, ValueError):
        return None
    words = words_of(pid)
    return pid if "burro.server" in words and str(queue) in words else None


def pids() -> list[int]:
    """Everybody but us."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]


def words_of(pid: int) -> list[str]:
    """A process's command line."""
    try:
        return [os.fsdecode(word) for word in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]]
    except OSError:
        return []


def marks_of(pid: int) -> dict[str, str]:
    """A process's environment, as far as it can be read."""
    try:
        parts = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return {}
    return dict(os.fsdecode(part).split("=", 1) for part in parts if b"=" in part)


def parent_of(pid: int) -> int:
    """A process's parent; 0 where it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


def children_of(pid: int) -> list[int]:
    """A process's children."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def is_alive(pid: int) -> bool:
    """Whether a process lives: a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def left_of(queue: Path) -> dict[int, str]:
    """What still lives of a queue: its own processes and those of tasks, by mark or command line."""
    found = {}
    for pid in pids():
        words, marks = words_of(pid), marks_of(pid)
        if marks.get("BURRO_QUEUE") == str(queue) or any(str(queue) in word for word in words):
            found[pid] = f"{' '.join(words)} {marks.get('BURRO_TASK', '')}".strip()
    return found


def kill(pid: int) -> None:
    """Kill a process that may be gone already."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
