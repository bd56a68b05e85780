"""The role `join`: a worker of some pool on this very node, wherever somebody started it. It becomes the keeper.

`join QUEUE POOL [SETTINGS]`, where SETTINGS is JSON: `cpus`, `lease`, `linger` and `dial` as a place has them; `root`,
the directory for the worker's own files; `time`, the seconds that it stays; `mark`, our name for what it is in. Within
an allocation its script says more, in the environment: BURRO_MARK, the mark; BURRO_NODE, what this node is called
there; BURRO_CPUS, where only so many of it are ours; BURRO_WALLTIME_END, seconds since 1970. Where nobody says it
Slurm's own variables are looked at.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import sys
from typing import Any, Optional

from ..base.clock import now
from ..base.errors import BurroError, UsageError
from ..base.mounts import is_network
from ..base.paths import host, socket_dir
from ..link.listen import make_socket_dir
from ..link.place import LINGER, ROLE, Place, read_place, remote_dirs, role_command, take_lock, write_place
from .ambience import note_changes

Settings = dict[str, Any]
MARK = "BURRO_MARK"


def run_join(words: list[str]) -> int:
    """Become the keeper of a worker; the exit code where that cannot be."""
    try:
        queue, pool, *rest = words
        settings = json.loads(rest[0]) if rest else {}
        place, lock = settle(os.path.realpath(queue), pool, settings)
    except (BurroError, OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"burro-worker: no worker can be started here: {error}\n")
        return 1
    os.set_inheritable(lock, True)
    if place.allocation is not None:
        os.environ[MARK] = place.allocation  # the worker too is to know that it is in one
    note_changes(os.environ)
    command = [*role_command(place.directory, "keeper"), str(lock)]
    return os.execve(command[0], command, {**os.environ, ROLE: "keeper"})


def settle(queue: str, pool: str, settings: Settings) -> tuple[Place, int]:
    """A place for a worker and its lock: one that a worker left here, else a new one. Raises BurroError or OSError."""
    if "/" in pool or pool.startswith("."):
        raise UsageError(f"'{pool}' is no name of a pool")
    root = os.path.expanduser(str(settings.get("root") or _root(queue)))
    node = _node()
    for directory in remote_dirs(root, pool, node):
        lock = take_lock(directory)
        if lock is None:
            continue
        if read_place(directory).queue == queue:
            return _write(directory, queue, pool, settings), lock
        os.close(lock)
    place = _write(os.path.join(root, "workers", f"{pool}-{node}-{secrets.token_hex(4)}"), queue, pool, settings)
    taken: Optional[int] = take_lock(place.directory)
    if taken is None:
        raise UsageError(f"nothing can be locked in {root}; name another directory as root")
    return place, taken


def _root(queue: str) -> str:
    """The queue's own directory; on a network file system, whose locks are not to be trusted, one of this node."""
    if os.path.isdir(queue) and not is_network(queue):
        return queue
    make_socket_dir(socket_dir())
    return os.path.join(socket_dir(), hashlib.sha256(os.fsencode(queue)).hexdigest()[:16])


def _write(directory: str, queue: str, pool: str, settings: Settings) -> Place:
    place = Place(
        directory=directory,
        name=os.path.basename(directory),
        queue=queue,
        pool=pool,
        cpus=settings.get("cpus") or _cpus(),
        host=_node(),
        lease=settings.get("lease"),
        linger=float(settings.get("linger", LINGER)),
        dial=settings.get("dial") or {},
        until=_end(settings.get("time")),
        allocation=settings.get("mark") or os.environ.get(MARK) or None,
    )
    write_place(place)
    return place


def _node() -> str:
    """A name that can be part of a file's."""
    return (os.environ.get("BURRO_NODE") or os.environ.get("SLURMD_NODENAME") or host()).replace("/", "-")


def _cpus() -> Optional[int]:
    said = os.environ.get("BURRO_CPUS") or ""
    return int(said) if said.isdigit() and int(said) > 0 else None


def _end(stay: Optional[float]) -> Optional[float]:
    """When it ends: with what it is in, or before that when it has stayed so many seconds."""
    ends = [] if stay is None else [now() + float(stay)]
    for name in ("BURRO_WALLTIME_END", "SLURM_JOB_END_TIME"):
        try:
            ends.append(float(os.environ.get(name) or ""))
        except ValueError:
            continue
        break
    return min(ends, default=None)
