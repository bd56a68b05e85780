"""Asking a server for its port, through a directory that two machines share: a file in `QUEUE/knock/`."""

from __future__ import annotations

import os
import secrets
import socket
from typing import Optional

from ..base.clock import pause, steady
from ..base.errors import Refused, Unreachable
from ..base.paths import check_queue_dir, host
from .call import elsewhere, server_record
from .lines import Message
from .way import Way, dial, way_of

KNOCK = "knock"
WITHIN = 20.0  # seconds for a server to open its port: it looks every few, and a shared directory may be slow
RESTART = 3.0  # seconds for a server that was killed to be started again by its worker
_LOOK_EVERY = 0.2


def knock(queue: str, name: Optional[str] = None) -> None:
    """Ask; `name`: of who may ask often, so that there is one file of it at most. Raises OSError."""
    directory = os.path.join(queue, KNOCK)
    os.makedirs(directory, mode=0o700, exist_ok=True)
    name = name or f"{host()}-{os.getpid()}-{secrets.token_hex(4)}"
    os.close(os.open(os.path.join(directory, name), os.O_CREAT | os.O_WRONLY, 0o600))


def was_knocked(queue: str, *, afresh: bool) -> bool:
    """Whether somebody has asked since the last look; `afresh`: the file server is to be asked for it."""
    directory = os.path.join(queue, KNOCK)
    try:
        if afresh:
            see_anew(directory)
        names = os.listdir(directory)
    except OSError:
        return False
    for name in names:
        try:
            os.unlink(os.path.join(directory, name))
        except OSError:
            continue
    return bool(names)


def see_anew(directory: str) -> None:
    """Have a network file system show what others changed in a directory: NFS trusts its memory of one for a minute.

    A change of our own makes it ask the file server. Raises OSError.
    """
    os.utime(directory)


def visit(queue: str) -> Optional[socket.socket]:
    """A connection to the queue's server, which is on record at another machine; None where it is not.

    Raises Refused where that machine cannot be reached, Unreachable where the server left meanwhile.
    """
    until = steady() + RESTART
    while True:
        record = server_record(queue)
        if record is None or not elsewhere(record):
            return None
        check_queue_dir(queue)
        try:
            return dial(_await_way(queue, record))
        except (Unreachable, OSError) as error:
            if steady() < until:
                pause(_LOOK_EVERY)
                continue
            trouble = error
        raise Refused(
            f"the server of {queue} runs on {record.get('host')} and cannot be reached from here ({trouble}); "
            f"use burro there, or, if that machine is gone: burro up --take-over"
        ) from None


def _await_way(queue: str, record: Message) -> Way:
    """The way to the server, once it has opened its port. Raises Unreachable or OSError."""
    found = way_of(queue, record)
    if found is not None:
        return found
    knock(queue)
    until = steady() + WITHIN
    while steady() < until:
        pause(_LOOK_EVERY)
        see_anew(queue)
        now = server_record(queue)
        found = None if now is None else way_of(queue, now)
        if found is not None:
            return found
    raise Unreachable(f"it did not open its port within {WITHIN:g} s")
