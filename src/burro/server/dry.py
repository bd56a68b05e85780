"""`pool dry-run`: what would be handed over to get a worker of a pool; nothing is."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence

from ..base.errors import UsageError
from ..link.lines import Message
from ..model.links import PREFIX
from ..model.pool import LOCAL, SCHEDULER, SSH
from ..pools.prefix import Prefix
from ..pools.scheduler import Request
from ..pools.ssh import REMOTE
from ..pools.tasks import TakesTasks
from . import handing_in
from .asking import new_mark, request
from .clients import SCHEDULERS
from .crew import Peer
from .state import Server


def show(server: Server, _peer: Peer, pool: str, _message: Message) -> Message:
    """The command line, what it gets on its standard input, and what that is. Raises UsageError or OSError."""
    values = server.pools.values(pool)
    if pool == LOCAL:
        command = [sys.executable, "-P", "-m", "burro.server", server.queue]
        return _told(pool, command, about="the server of this queue starts the worker of this machine beside itself")
    if server.pools.is_direct(pool):
        return _task(server, pool)
    if SCHEDULER in values:
        return _allocation(server, pool)
    if SSH in values:
        about = (
            "what is said there first is in docs/protocol.md; then the worker's own file goes through the connection"
        )
        return _told(pool, ["ssh", str(values[SSH]), REMOTE], about=about)
    if PREFIX in values:
        return _prefix(server, pool)
    about = "its workers are started by people, with the command; they come by themselves"
    return _told(pool, ["burro", "worker", "start", "--pool", pool], about=about)


def _allocation(server: Server, pool: str) -> Message:
    scheduler = SCHEDULERS[str(server.pools.value(pool, SCHEDULER))]()
    question = scheduler.submit(_request(server, pool))
    host = server.pools.value(pool, SSH)
    about = "this script goes to its standard input" + (f", at {host}, by ssh" if host else "")
    return _told(pool, question.argv, text=question.text, about=about)


def _task(server: Server, pool: str) -> Message:
    scheduler, mark = SCHEDULERS[str(server.pools.value(pool, SCHEDULER))](), handing_in.new_mark(pool, 1)
    if not isinstance(scheduler, TakesTasks):
        raise UsageError(f"tasks cannot be jobs of {scheduler.name}'s own; leave out mode, or set it to pilot")
    try:
        batch = handing_in.frame(server, pool, mark=mark, directory=os.path.join(server.queue, "direct", mark))
    except OSError as error:
        raise _unwritten(error) from None
    question = scheduler.submit_tasks(batch)
    about = (
        f"so job 1 would be handed to {scheduler.name}, if it named this pool and asked for nothing; "
        "this script goes to the standard input"
    )
    return _told(pool, question.argv, text=question.text, about=about)


def _prefix(server: Server, pool: str) -> Message:
    wanted = _request(server, pool)
    about = "this is run on the server's machine, and stays as long as its worker does"
    return {**_told(pool, (), about=about), "command": Prefix().script(wanted).strip()}


def _request(server: Server, pool: str) -> Request:
    try:
        return request(server, pool, new_mark(pool))
    except OSError as error:
        raise _unwritten(error) from None


def _unwritten(error: OSError) -> UsageError:
    return UsageError(f"the worker's file cannot be written to {error.filename}: {error.strerror}")


def _told(pool: str, command: Sequence[str], *, about: str, text: str = "") -> Message:
    return {"pool": pool, "command": shlex.join(command), "script": text, "about": about}
