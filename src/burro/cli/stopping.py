"""`burro down`."""

from __future__ import annotations

import os
import select

from ..api.caller import look
from ..base import clock
from ..base.errors import Refused, Unreachable
from ..link.call import Connection, is_served_elsewhere
from ..link.elsewhere import is_elsewhere
from ..link.place import has_worker
from ..link.silence import Silence
from .face import Face, note, print_json
from .parser import Parser

LONGEST = 30.0  # seconds until we say that something does not leave


def parser(_verb: str) -> Parser:
    """The parser."""
    made = Parser("down", examples=("burro down", "burro down --drain", "burro down --now")).json()
    how = made.add_mutually_exclusive_group()
    how.add_argument("--now", action="store_true", help="stop running tasks")
    how.add_argument("--drain", action="store_true", help="start nothing more, and wait for running tasks")
    return made


def main(words: list[str], face: Face) -> int:
    """Stop the server, and return when it is gone."""
    options = parser(face.verb).parse(words)
    face = face.at(options.queue)
    connection = _running(face.queue)
    if connection is None:
        if options.json:
            print_json({"ended": 0, "was": "down"})
        else:
            print(f"no server runs for the queue {face.queue}")
        return 0
    with connection:
        far = face.elsewhere or is_served_elsewhere(face.queue)
        silence = Silence(face.queue, "ping", tell=note)
        connection.ask({"op": "ping"}, patience=silence)
        leaving = {} if far else _open_processes(connection)
        mode = "now" if options.now else "drain" if options.drain else "refuse"
        answer = connection.ask({"op": "down", "mode": mode})
        if far and not connection.outlast(LONGEST):
            note("the server has not left yet; see: burro doctor")
    _wait(leaving)
    if options.json:
        print_json({"ended": answer.get("ended", 0), "was": "up"})
    else:
        print(f"the server is down{_stopped(answer.get('ended', 0))}")
    return 0


def _stopped(count: int) -> str:
    if not count:
        return ""
    return "; 1 running task was stopped" if count == 1 else f"; {count} running tasks were stopped"


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


def _wait(leaving: dict[int, int]) -> None:
    for descriptor, pid in leaving.items():
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        if not poll.poll(LONGEST * 1000):
            note(f"process {pid} has not left yet; see: burro doctor")
        os.close(descriptor)
