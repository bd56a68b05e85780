"""The output of one task, a block at a time, for who cannot open the file: `read`."""

from __future__ import annotations

import asyncio
import base64
import os
import stat
from threading import Thread

from ..base.errors import NotFound, UsageError
from ..link.lines import Message
from ..store import jobs
from .crew import Peer
from .state import Server
from .views import selected, task_views

LARGEST = 2**20  # bytes of one answer
_FILES = {"out": "stdout", "err": "stderr"}


def read(server: Server, peer: Peer, message: Message) -> None:
    """Answer with a block of a task's output, from a thread of its own: a disk that hangs holds up nobody else.

    Raises NotFound, UsageError.
    """
    path = _path(server, message)
    offset, size = _whole(message, "offset", 0), min(LARGEST, _whole(message, "size", LARGEST))
    loop = asyncio.get_running_loop()

    def answer() -> None:
        block = _block(path, offset, size)
        try:
            loop.call_soon_threadsafe(peer.send, block)
        except RuntimeError:
            return  # the server has left meanwhile

    Thread(target=answer, daemon=True).start()


def _path(server: Server, message: Message) -> str | None:
    """Where the file lies; None where the task has none, or has not begun."""
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
    path: str | None = attempts[-1][_FILES[which]] if attempts else None
    return path


def _whole(message: Message, name: str, default: int) -> int:
    value = message.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UsageError(f"{name} takes a whole number from 0, not '{value}'")
    return value


def _block(path: str | None, offset: int, size: int) -> Message:
    """At most `size` bytes from `offset`; `size` of the answer is the file's, null where there is none to read."""
    none: Message = {"b64": "", "size": None, "eof": True}
    try:
        # O_NONBLOCK: opening a named pipe would wait for its writer, and reading it would steal what it carries
        file = -1 if path is None else os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return none
    if file < 0:
        return none
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return none
        found = os.pread(file, size, offset)
        whole = os.fstat(file).st_size
    except OSError:
        return none
    finally:
        os.close(file)
    return {"b64": base64.b64encode(found).decode("ascii"), "size": whole, "eof": offset + len(found) >= whole}
