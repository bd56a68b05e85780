"""What is asked of a scheduler: how many allocations the waiting work can use, and the request for one."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import sys

from ..base.errors import UsageError
from ..base.paths import make_private_dir
from ..model.links import PREFIX
from ..model.pool import SCHEDULER
from ..model.room import Room
from ..pools.bundle import worker_file
from ..pools.scheduler import Declined, NoWord, Request
from . import left_out
from .clients import Clients
from .idling import idle_of
from .state import Server

_ANYTHING = 2**62

# Finds a Python that serves on the node and becomes the worker. The first is the one that this server runs in.
START = (
    'for p in "$0" python3 python3.14 python3.13 python3.12 python3.11 python3.10 python3.9; do '
    '"$p" -I -S -c "import sys; sys.exit(sys.version_info < (3, 9))" 2>/dev/null && exec "$p" -I -S "$@"; '
    'done; echo "burro: no Python of at least 3.9 on $(hostname); name one with python = PATH" >&2; exit 86'
)


class Nodes:
    """What a node of a pool has: as a worker there said, else as the scheduler says of its partition."""

    def __init__(self, server: Server, clients: Clients) -> None:
        self._server, self._clients = server, clients
        self._known: dict[tuple[str, ...], Room] = {}

    async def room(self, pool: str) -> Room:
        """The least that a node has; anything where nobody knows, with one cpu."""
        facts = self._server.pools.facts(pool)
        said = self._server.pools.number(pool, "cpus")
        if "cpus" in facts:
            return Room(said or int(facts["cpus"]), int(facts["mem"]), len(facts.get("gpus") or ()))
        options = tuple(options_of(self._server, pool))
        if options not in self._known:
            try:
                client = self._clients.of(pool)
                found = await client.ask(client.scheduler.partitions())
            except (NoWord, Declined):
                return Room(1, _ANYTHING, _ANYTHING)
            words = {word for option in options for word in option.replace("=", " ").split()}
            named = [one for one in found if one.name in words] or [one for one in found if one.is_up]
            self._known[options] = Room(max(1, min((one.cpus for one in named), default=1)), _ANYTHING, _ANYTHING)
        known = self._known[options]
        return Room(said or known.cpus, known.mem, known.gpus)


def options_of(server: Server, pool: str) -> list[str]:
    """The scheduler's own options; where there is a command instead of it, its words."""
    if _is_prefix(server, pool):
        return shlex.split(str(server.pools.value(pool, PREFIX)))
    found = server.pools.value(pool, "options")
    return found if isinstance(found, list) else []


def _is_prefix(server: Server, pool: str) -> bool:
    return PREFIX in server.pools.values(pool) and server.pools.value(pool, SCHEDULER) is None


def is_open(server: Server, pool: str) -> bool:
    """Whether a pool is to have allocations."""
    pools = server.pools
    if server.down or server.draining or server.stopping or pool not in pools.coming:
        return False
    closed = pools.is_stopped(pool) or pools.draining(pool) or pools.is_paused(pool)
    return not closed and pools.number(pool, "cpus") != 0


def new_mark(pool: str) -> str:
    """A name of ours that no other allocation has."""
    return f"burro-{pool}-{secrets.token_hex(5)}"


def request(server: Server, pool: str, mark: str) -> Request:
    """One allocation of a pool. Raises UsageError or OSError."""
    values = server.pools.values(pool)
    env = values.get("env")
    time = values.get("time")
    directory = os.path.join(server.queue, "nodes")
    settings: dict[str, object] = {"dial": {}, "linger": idle_of(server, pool)}
    if _is_prefix(server, pool):
        settings |= {"mark": mark, "time": time}  # the environment may not get there, and nobody else ends it
    elif "%" in directory:
        raise UsageError(f"the scheduler reads the % in {directory} as something else; use another --queue DIR")
    if values.get("root"):
        settings["root"] = str(values["root"])  # `~` is the home on the node
    python = str(values.get("python") or sys.executable)
    command = ("/bin/sh", "-c", START, python, worker_at(directory), "join", server.queue, pool, json.dumps(settings))
    return Request(
        mark=mark,
        command=command,
        log=os.path.join(directory, "%j.log"),
        time=None if time is None else float(str(time)),
        nodes=server.pools.number(pool, "nodes") or 1,
        before=str(values.get("before") or ""),
        after=str(values.get("after") or ""),
        env={**(env if isinstance(env, dict) else {}), "BURRO_MARK": mark},
        options=tuple(options_of(server, pool)),
        exclude=left_out.names(server, pool),
    )


def worker_at(directory: str) -> str:
    """The worker's file where nodes see it, under a name of its version: those that run stay with theirs."""
    content, digest = worker_file()
    path = os.path.join(directory, f"worker-{digest[:16]}.pyz")
    make_private_dir(directory)
    if not os.path.exists(path):
        with open(os.open(path + ".new", os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.rename(path + ".new", path)
    return path
