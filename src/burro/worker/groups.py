"""Control groups of our own for tasks that say how much memory they need (kernel documentation, cgroup-v2).

They are made below the group that this worker is in, where that was delegated to its user with the memory controller.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Optional

from ..base.log import Log
from .entry import Key
from .processes import marks

_CREW = "burro-crew"  # where server, keeper and worker go: a group with children that have limits has no processes


class Groups:
    """Makes and removes groups below `base`; None: there is none, and nobody is limited by one."""

    def __init__(self, base: Optional[str], worker: str, log: Log) -> None:
        self.base, self._worker, self._log = base, worker, log
        self._left: list[str] = []

    def make(self, key: Key, mem: int) -> Optional[str]:
        """A group for an attempt that may use `mem` bytes; None where the kernel does not let us."""
        if self.base is None or not mem:
            return None
        path = self._path(key)
        try:
            os.mkdir(path)
            _write(path, "memory.max", str(mem))
            _write(path, "memory.oom.group", "1")
        except OSError as error:
            self._log.say(f"no control group for task {key[0]}.{key[1]} ({error.strerror}); its memory is watched")
            self.remove(path)
            return None
        try:
            _write(path, "memory.swap.max", "0")
        except OSError:
            pass  # a kernel that does not count swap
        return path

    def _path(self, key: Key) -> str:
        return os.path.join(self.base or "", f"{self._worker}.{key[0]}.{key[1]}.{key[2]}")

    def of(self, key: Key) -> Optional[str]:
        """The group that an earlier worker of this place made for an attempt."""
        path = self._path(key)
        return path if self.base is not None and os.path.isdir(path) else None

    def remove(self, path: Optional[str]) -> None:
        """Remove the group of an attempt whose processes are dead; later, where the kernel is not ready yet."""
        paths, self._left = [*self._left, *([path] if path is not None else [])], []
        for one in paths:
            try:
                os.rmdir(one)
            except FileNotFoundError:
                continue
            except OSError:
                self._left.append(one)

    def remove_strangers(self, keep: Iterable[Optional[str]]) -> None:
        """End and remove what a dead worker of this place left, but not `keep`."""
        if self.base is None:
            return
        kept = set(keep)
        for name in os.listdir(self.base):
            path = os.path.join(self.base, name)
            if name.startswith(f"{self._worker}.") and path not in kept:
                kill_group(path)
                self.remove(path)


def find_base(root: str = "/") -> Optional[str]:
    """Our own control group, ready to have children with limits; None where it is not ours to divide.

    Processes that are not burro's are never moved, so a group that we share with others is left as it is.
    """
    own = _own_group(root)
    if own is None:
        return None
    base = os.path.dirname(own) if os.path.basename(own) == _CREW else own
    if not os.access(base, os.W_OK) or b"memory" not in _read(base, "cgroup.controllers").split():
        return None
    try:
        if b"memory" not in _read(base, "cgroup.subtree_control").split():
            if not all(map(_is_ours, pids_of(base))):
                return None
            _make_way(base)
    except OSError:
        return None
    return base


def _own_group(root: str) -> Optional[str]:
    """The directory of our control group of version 2, from /proc/self/cgroup and mountinfo (cgroups(7))."""
    try:
        with open(os.path.join(root, "proc/self/cgroup"), encoding="utf-8") as file:
            own = next((line[3:].rstrip("\n") for line in file if line.startswith("0::")), None)
        with open(os.path.join(root, "proc/self/mountinfo"), encoding="utf-8") as file:
            mounts = [line.partition(" - ") for line in file]
    except OSError:
        return None
    points = [fields.split()[3:5] for fields, _, rest in mounts if rest.startswith("cgroup2 ")]
    if own is None or not points:
        return None
    top, point = points[0]
    inner = own[len(top.rstrip("/")) :] if own.startswith(top) else own
    return os.path.join(root, point.lstrip("/"), inner.lstrip("/")).rstrip("/")


def _make_way(base: str) -> None:
    crew = os.path.join(base, _CREW)
    os.makedirs(crew, exist_ok=True)
    for _ in range(3):  # a process may be started meanwhile
        for pid in pids_of(base):
            _write(crew, "cgroup.procs", str(pid))
    _write(base, "cgroup.subtree_control", "+memory")


def _is_ours(pid: int) -> bool:
    """Whether a process is a role of burro, or its command."""
    if b"BURRO_ROLE" in marks(pid):
        return True
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().split(b"\0")
    except OSError:
        return True  # it is gone
    return any(os.path.basename(word) == b"burro" for word in words[:2])


def pids_of(path: str) -> set[int]:
    """The processes of a group; none where it is gone."""
    return {int(pid) for pid in _read(path, "cgroup.procs").split()}


def oom_kills(path: str) -> int:
    """How many processes of a group the kernel killed because its memory was used up."""
    words = _read(path, "memory.events").split()
    counts = dict(zip(words[::2], words[1::2]))
    return int(counts.get(b"oom_kill", 0))


def peak_of(path: str) -> int:
    """The most bytes that a group used at a time; 0 where the kernel does not say (before Linux 5.19)."""
    return int(_read(path, "memory.peak") or 0)


def kill_group(path: str) -> None:
    """KILL every process of a group at once, also those that are being forked (Linux 5.14)."""
    try:
        _write(path, "cgroup.kill", "1")
    except OSError:
        pass  # an older kernel: they are found and killed one by one


def _read(path: str, name: str) -> bytes:
    try:
        with open(os.path.join(path, name), "rb") as file:
            return file.read()
    except OSError:
        return b""


def _write(path: str, name: str, text: str) -> None:
    """Write to a file of the kernel's, which is there or not: it is never made."""
    end = os.open(os.path.join(path, name), os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(end, text.encode())
    finally:
        os.close(end)
