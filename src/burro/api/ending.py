"""Stopping the server of a queue, and waiting until it and its workers are gone."""

from __future__ import annotations

import os
import select

from ..base import clock
from ..base.errors import Refused, Unreachable
from ..base.paths import own_allocation_path
from ..link.call import Connection, is_served_elsewhere
from ..link.elsewhere import is_elsewhere
from ..link.place import has_worker
from ..link.silence import Silence, Tell
from ..server.launch import ensure
from .caller import look
from .told import Down

_PATIENCE = 3.0  # seconds for a worker to start its server again
LONGEST = 30.0  # seconds until we say that something does not leave


def end(queue: str, mode: str, *, tell: Tell | None = None) -> Down:
    """Stop the server; `mode` is refuse, drain or now, and says what becomes of running tasks. Raises Failed.

    `tell` hears a sentence when the server is long in hearing of it.
    """
    connection = _running(queue)
    if connection is None:
        return Down(was="up" if _take_back(queue) else "down")
    left: list[str] = []
    with connection:
        far = is_elsewhere(queue) or is_served_elsewhere(queue)
        connection.ask({"op": "ping"}, patience=Silence(queue, "ping", tell=tell))
        leaving = {} if far else _open_processes(connection)
        answer = connection.ask({"op": "down", "mode": mode})
        if far and not connection.outlast(LONGEST):
            left.append("the server")
    return Down(was="up", ended=answer.get("ended", 0), left=(*left, *_wait(leaving)))


def _take_back(queue: str) -> bool:
    """End the allocation of a server that does not answer, and take requests for one back; whether there were any."""
    if is_elsewhere(queue) or not os.path.exists(own_allocation_path(queue)):
        return False
    from ..server.awaiting import take_back  # late: it is long to import, and few need it

    return take_back(queue)


def _running(queue: str) -> Connection | None:
    """A connection, or None where no server runs. Raises Unreachable where it runs on another machine.

    A server that was killed is started again by its worker while that lives: `down` means that one, and waits for it.
    """
    deadline = clock.steady() + LONGEST
    while True:
        try:
            return look(queue)
        except Refused:
            raise
        except Unreachable:
            if is_elsewhere(queue):
                return None
            if is_served_elsewhere(queue):
                raise
            if not has_worker(queue) or clock.steady() > deadline:
                return None
            if clock.steady() > deadline - LONGEST + _PATIENCE:
                ensure(queue)  # one that died often is not started by its worker for long
            clock.pause(0.1)


def _open_processes(connection: Connection) -> dict[int, int]:
    """Descriptors of the server and its workers here: they tell when those are gone, and cannot mean another one."""
    here = os.uname().nodename
    pids = [int(connection.ask({"op": "ping"})["pid"])]
    pids += [row["pid"] for row in connection.ask({"op": "workers"})["workers"] if row.get("host") == here]
    opened = {}
    for pid in filter(None, pids):
        try:
            opened[os.pidfd_open(pid)] = pid
        except OSError:
            continue
    return opened


def _wait(leaving: dict[int, int]) -> list[str]:
    """Those that have not left."""
    left = []
    for descriptor, pid in leaving.items():
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        if not poll.poll(LONGEST * 1000):
            left.append(f"process {pid}")
        os.close(descriptor)
    return left
