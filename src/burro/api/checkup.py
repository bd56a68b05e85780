"""A queue's health: what the server finds, and what can be seen without one. Never starts a server."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from ..base.errors import BurroError, Refused, Unreachable
from ..base.mounts import file_system, is_network
from ..base.paths import check_queue_dir, deaths_path, own_allocation_path
from ..link.call import server_record
from ..link.elsewhere import is_elsewhere
from ..link.silence import Silence, Tell
from ..server import at_boot
from .caller import look
from .told import Check, Checkup

LOGS = ("server.log", "worker.log")
TAIL = 5  # lines of each log


def examine(queue: str, *, tell: Tell | None = None) -> Checkup:
    """All checks. `tell` hears a sentence when the server is long in answering."""
    asked = _asked(queue, tell)
    told = {check.name for check in asked}
    seen = (check for check in seen_from_here(queue) if check.name not in told)
    logs = {name: lines for name in LOGS if (lines := _tail(os.path.join(queue, name)))}
    return Checkup(queue=queue, checks=(*seen, *asked), logs=logs)


def seen_from_here(queue: str) -> Iterator[Check]:
    """What needs no server."""
    yield _check("python", ok=True, text=f"{sys.version.split()[0]}, {sys.executable}")
    if is_elsewhere(queue):
        yield _check("directory", ok=None, text="lies at another machine, which is reached by ssh")
        return
    if not os.path.exists(queue):
        yield _check("directory", ok=None, text="does not exist yet; the first submit makes it")
        return
    yield _directory(queue)
    where = "shared over a network" if is_network(queue) else "of this machine"
    yield _check("file system", ok=True, text=f"{file_system(queue)}, {where}")
    yield from _deaths(queue)
    by = at_boot.found(queue)
    yield _check(
        "at boot", ok=None if by is None else True, text=by or "nothing starts the server; see: burro up --help"
    )


def _deaths(queue: str) -> Iterator[Check]:
    """What the worker beside the server has to say of one that dies again and again."""
    try:
        with open(deaths_path(queue), encoding="utf-8") as file:
            yield _check("restarts", ok=False, text=file.read(4096).strip())
    except OSError:
        return


def _directory(queue: str) -> Check:
    try:
        check_queue_dir(queue)
    except BurroError as error:
        return _check("directory", ok=False, text=str(error))
    mode = os.stat(queue).st_mode & 0o777
    closed = "closed to others" if not mode & 0o077 else "others can look into it; close it with: chmod 700"
    return _check("directory", ok=True, text=f"yours, mode {mode:04o}, {closed}")


def _asked(queue: str, tell: Tell | None) -> list[Check]:
    """What the server finds; without one, what its record says."""
    record = None if is_elsewhere(queue) else server_record(queue)
    try:
        with look(queue) as connection:
            answer = connection.ask({"op": "doctor"}, patience=Silence(queue, "doctor", tell=tell))
    except Unreachable as error:
        if isinstance(error, Refused):
            return [_check("server", ok=False, text=str(error))]
        if record is None and os.path.exists(own_allocation_path(queue)):
            return [_check("server", ok=None, text="none runs; it is to be in an allocation, for which commands ask")]
        if record is None:
            return [_check("server", ok=None, text="none runs; the next command that needs one starts it")]
        return [
            _check("server", ok=False, text=f"{error} (pid {record.get('pid')} on {record.get('host')} is on record)")
        ]
    started = f"answers; pid {record['pid']} since {record['started']}" if record else "answers"
    return [_check("server", ok=True, text=started), *(_check(**check) for check in answer["checks"])]


def _tail(path: str) -> list[str]:
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 8192))
            return file.read().decode("utf-8", "replace").splitlines()[-TAIL:]
    except OSError:
        return []


def _check(name: str, *, ok: bool | None, text: str) -> Check:
    return Check(name=name, ok=ok, text=text)
