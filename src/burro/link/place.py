"""The directory of a worker, where it and who starts it meet: its settings, its lock, the command of its roles."""

from __future__ import annotations

import fcntl
import json
import os
import sys
from dataclasses import dataclass
from typing import Any, Optional

from ..base.mounts import is_network
from ..base.paths import host, socket_path

ROLE = "BURRO_ROLE"
LINGER = 600.0  # seconds
PATIENCE = 0.3  # seconds without a server before it is started again


@dataclass(frozen=True)
class Place:
    """What worker.json says.

    `server`: the command that starts the server again, where that is ours to do, when none was there for `patience`.

    `listen`: the server comes to the worker, which ends its tasks when it has heard nothing for `lease` seconds, and
    leaves when it was idle and unheard for `linger` seconds. `queue`: as tasks are told; it may lie on another machine.
    `dial`: the worker goes to the server, by TLS, and is as patient. The queue's record says where that is; where the
    directory is not shared `addresses`, `port`, `fingerprint` and `secret` do.
    `until`: it ends then, in seconds since 1970; `allocation`: our mark of what it is in.
    """

    directory: str
    name: str
    queue: str
    pool: str
    cpus: Optional[int] = None
    server: Optional[list[str]] = None
    patience: float = PATIENCE
    host: str = ""
    listen: bool = False
    lease: Optional[float] = None
    linger: float = LINGER
    dial: Optional[dict[str, Any]] = None
    until: Optional[float] = None
    allocation: Optional[str] = None

    @property
    def log(self) -> str:
        """The file for what workers have to say: beside the directory of all of them."""
        return os.path.join(os.path.dirname(os.path.dirname(self.directory)), "worker.log")

    @property
    def socket(self) -> str:
        """Where a worker that listens does so."""
        return socket_path(self.directory)

    @property
    def stay(self) -> dict[str, Any]:
        """How long the worker stays, and by whose leave."""
        return {"until": self.until, "allocation": self.allocation}

    def path(self, name: str) -> str:
        """A file in the worker's directory."""
        return os.path.join(self.directory, name)


def read_place(directory: str) -> Place:
    """The settings of a worker's directory. Raises OSError or ValueError where there are none."""
    with open(os.path.join(directory, "worker.json"), encoding="utf-8") as file:
        found = json.load(file)
    return Place(
        directory=directory,
        name=found["name"],
        queue=found["queue"],
        pool=found["pool"],
        cpus=found.get("cpus"),
        server=found.get("server"),
        patience=found.get("patience", PATIENCE),
        host=found.get("host", ""),
        listen=bool(found.get("listen")),
        lease=found.get("lease"),
        linger=found.get("linger", LINGER),
        dial=found.get("dial"),
        until=found.get("until"),
        allocation=found.get("allocation"),
    )


def write_place(place: Place) -> None:
    """Make the directory (0700) and write its settings."""
    os.makedirs(place.directory, mode=0o700, exist_ok=True)
    settings = {name: value for name, value in vars(place).items() if name != "directory"}
    fresh = place.path("worker.json.new")
    with open(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        json.dump(settings, file)
    os.rename(fresh, place.path("worker.json"))


def take_lock(directory: str) -> Optional[int]:
    """The lock that says a keeper or worker lives here, as a descriptor; None where one does already.

    Keeper and worker share it: it is free only when both are gone. Tasks do not inherit it.
    """
    end = os.open(os.path.join(directory, "lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(end, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(end)
        return None
    return end


def worker_dirs(queue: str) -> list[str]:
    """Directories of this machine's workers in a queue.

    On a network file system those of other machines lie there too and are told by their names; elsewhere all are ours,
    also those from before the machine got another name.
    """
    parent = os.path.join(queue, "workers")
    start = f"local-{host()}-" if is_network(queue) else "local-"
    try:
        names = sorted(name for name in os.listdir(parent) if name.startswith(start))
    except FileNotFoundError:
        return []
    return [os.path.join(parent, name) for name in names if os.path.exists(os.path.join(parent, name, "worker.json"))]


def remote_dirs(state: str, pool: str, node: Optional[str] = None) -> list[str]:
    """Directories in `state` of the workers of a pool on this very machine: a home may be that of several.

    `node`: what the machine is called there, where that is not its own name.
    """
    node = node or host()
    parent, start = os.path.join(state, "workers"), f"{pool}-{node}-"
    try:
        names = sorted(name for name in os.listdir(parent) if name.startswith(start))
    except OSError:
        return []
    return [os.path.join(parent, name) for name in names if _is_of(os.path.join(parent, name), pool, node)]


def _is_of(directory: str, pool: str, node: str) -> bool:
    try:
        place = read_place(directory)
    except (OSError, ValueError, KeyError):
        return False
    return (place.pool, place.host) == (pool, node)


def has_worker(queue: str) -> bool:
    """Whether a keeper or worker of this machine lives for a queue: then its lock is taken."""
    for directory in worker_dirs(queue):
        lock = take_lock(directory)
        if lock is None:
            return True
        os.close(lock)
    return False


def role_command(directory: str, role: str) -> list[str]:
    """The command line of a keeper or worker, run by this very interpreter from where this very code lies."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    root = os.path.dirname(package)
    start = os.path.join(package, "worker", "__main__.py") if os.path.isdir(package) else root
    return [sys.executable, "-I", "-S", start, role, directory]
