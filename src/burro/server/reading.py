"""The output of one task, a block at a time, for who cannot open the file: `read`."""

from __future__ import annotations

import asyncio
import base64
import os
import stat
from functools import partial
from threading import Thread

from ..base.errors import NotFound, UsageError
from ..link.lines import Message
from ..store import far, jobs
from .crew import Peer
from .homing import path_there
from .state import Server
from .views import selected, task_views

LARGEST = 2**20  # bytes of one answer
_NONE: Message = {"b64": "", "size": None, "eof": True}
_FILES = {"out": "stdout", "err": "stderr"}


def read(server: Server, peer: Peer, message: Message) -> None:
    """Answer with a block of a task's output, from a thread of its own: a disk that hangs holds up nobody else.

    Raises NotFound, UsageError.
    """
    path, task = _path(server, message)
    offset, size = _whole(message, "offset", 0), min(LARGEST, _whole(message, "size", LARGEST))
    elsewhere = None if path is None or os.path.exists(path) else _elsewhere(server, message, task)
    if elsewhere is not None:
        pool, there = elsewhere
        if not server.fetch(pool, partial(_pass_on, peer), path=there, offset=offset, size=size):
            peer.send({**_NONE, "away": pool})
        return
    loop = asyncio.get_running_loop()

    def answer() -> None:
        block = _block(path, offset, size)
        try:
            loop.call_soon_threadsafe(peer.send, block)
        except RuntimeError:
            return  # the server has left meanwhile

    Thread(target=answer, daemon=True).start()


def _pass_on(peer: Peer, answer: Message) -> None:
    """What the link said: a file that is not there yet is one with nothing in it."""
    found: Message = {name: answer[name] for name in ("b64", "size", "eof") if name in answer}
    peer.send(found if len(found) == 3 else _NONE)


def _elsewhere(server: Server, message: Message, task: tuple[int, int, int]) -> tuple[str, str] | None:
    """The pool and path of output that has not come home; None where it is not elsewhere."""
    job, idx, number = task
    which, row = str(message.get("which", "out")), jobs.row(server.db, job)
    for attempt in server.db.dicts("attempts_of", {"job": job, "first": idx, "last": idx}):
        if attempt["number"] == number:
            kept = {(token, name): path for token, name, path in far.of_task(server.db, job, idx)}
            path = kept.get((attempt["token"], which)) or path_there(server, row, attempt, which=which)
            return None if path is None else (str(attempt["pool"]), path)
    return None


def _path(server: Server, message: Message) -> tuple[str | None, tuple[int, int, int]]:
    """Where the file lies here, None where the task has none or has not begun; its job, index and attempt."""
    which, wanted = str(message.get("which", "out")), message.get("attempt")
    if which not in _FILES:
        raise UsageError(f"a task writes out and err, not '{which}'")
    spans = selected(server, {"ids": [message.get("task")]})
    found = [task for span in spans for task in task_views(server, jobs.row(server.db, span.job), span, most=2)]
    if len(found) != 1:
        raise UsageError(f"'{message.get('task')}' names {len(found)} tasks; give one, as in 12.3")
    attempts = [one for one in found[0]["attempts"] if wanted is None or one["number"] == wanted]
    if wanted is not None and not attempts:
        raise NotFound(f"{found[0]['id']} has no attempt {wanted}; see: burro show {found[0]['id']}")
    if not attempts:
        return None, (0, 0, 0)
    name, _, idx = str(found[0]["id"]).partition(".")
    return attempts[-1][_FILES[which]], (int(name), int(idx or spans[0].first), attempts[-1]["number"])


def _whole(message: Message, name: str, default: int) -> int:
    value = message.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UsageError(f"{name} takes a whole number from 0, not '{value}'")
    return value


def _block(path: str | None, offset: int, size: int) -> Message:
    """At most `size` bytes from `offset`; `size` of the answer is the file's, null where there is none to read."""
    try:
        # O_NONBLOCK: opening a named pipe would wait for its writer, and reading it would steal what it carries
        file = -1 if path is None else os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return _NONE
    if file < 0:
        return _NONE
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return _NONE
        found = os.pread(file, size, offset)
        whole = os.fstat(file).st_size
    except OSError:
        return _NONE
    finally:
        os.close(file)
    return {"b64": base64.b64encode(found).decode("ascii"), "size": whole, "eof": offset + len(found) >= whole}
