"""The allocation in which the server itself runs, where nothing may run on login nodes: asked for, followed, ended.

A file in the queue's directory says that the server is to be in one. Its name at the scheduler says which are ours.
"""

from __future__ import annotations

import hashlib
import os
import sys

from ..base.errors import UsageError
from ..base.paths import make_private_dir, own_allocation_path
from ..base.text import parse_duration
from ..pools.client import Client
from ..pools.scheduler import Question, Sight, Stage
from ..pools.slurm import Slurm
from ..pools.slurm_server import ServerRequest, submit
from .poolfile import files_of


def is_wanted(queue: str) -> bool:
    """Whether the queue's server is to be in one."""
    return os.path.exists(own_allocation_path(queue))


def want(queue: str) -> None:
    """From now on."""
    os.close(os.open(own_allocation_path(queue), os.O_CREAT | os.O_WRONLY, 0o600))


def unwant(queue: str) -> None:
    """No more. One that starts all the same sees it and leaves."""
    if is_wanted(queue):
        os.unlink(own_allocation_path(queue))


def client_of(queue: str, env: dict[str, str]) -> Client:
    """Whom to ask."""
    directory = os.path.join(queue, "nodes")
    make_private_dir(directory)
    return Client(Slurm(), env=env, directory=directory)


def request(queue: str, *, after: str | None = None) -> Question[str]:
    """The question for one, as burro.toml says under [server]. Raises UsageError."""
    entries: dict[str, object] = {}
    for file in reversed(files_of(queue)):
        file.look()
        if file.trouble:
            raise UsageError(file.trouble)
        entries.update(file.server)
    options, time = entries.get("options"), entries.get("time")
    return submit(
        ServerRequest(
            name=_name(queue),
            command=(sys.executable, "-P", "-m", "burro.server", queue, "--in-allocation"),
            log=os.path.join(queue, "nodes", "server-%j.log").replace("%", "%%").replace("%%j", "%j"),
            options=options if isinstance(options, list) else (),
            time=None if time is None else parse_duration(str(time)),
            before=str(entries.get("before") or ""),
            after=after,
        )
    )


async def live(client: Client, queue: str) -> list[Sight]:
    """Those that wait or run. Raises NoWord."""
    name = _name(queue)
    found = await client.ask(client.scheduler.queue())
    return [sight for sight in found if sight.mark == name and sight.stage is not Stage.ENDED]


async def cancel(client: Client, sights: list[Sight]) -> None:
    """End them, or take their requests back. Raises NoWord or Declined."""
    if sights:
        await client.ask(client.scheduler.cancel([sight.id for sight in sights]))


def _name(queue: str) -> str:
    return "burro.server-" + hashlib.sha256(os.fsencode(queue)).hexdigest()[:12]
