"""Who is connected to a place: an ssh that keeps its connection for others has no command line to know it by."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.crew import pids
from tests.rig.place import Place


def clients(places: Iterable[Place]) -> list[int]:
    """Processes other than this one that are connected, or about to be, to one of these places."""
    wanted = set(map(_as_the_kernel_writes, places))
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    sockets = {f"socket:[{inode}]" for _, _, remote, *_, inode in (line[:10] for line in lines) if remote in wanted}
    return [pid for pid in pids() if sockets & _open_files(pid)]


def _as_the_kernel_writes(place: Place) -> str:
    address = int.from_bytes(socket.inet_aton(place.address), sys.byteorder)
    return f"{address:08X}:{place.port:04X}"


def _open_files(pid: int) -> set[str]:
    try:
        return {_target(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd")}
    except OSError:  # it is somebody else's, or gone
        return set()


def _target(link: str) -> str:
    try:
        return os.readlink(link)
    except OSError:  # closed just now
        return ""
