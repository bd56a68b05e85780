"""Requests to be reached: a worker's file in `QUEUE/reach/`, where only the server can connect to its node, by ssh."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass

from .knock import see_anew

REACH = "reach"
MARK = b"\x01burro-bridge 1\n"  # what the far end says first: whatever came before is of its login


@dataclass(frozen=True)
class Wish:
    """Who wants to be reached, at which node, at which socket there, and by which command one gets to that."""

    worker: str
    pool: str
    node: str
    command: list[str]


def ask(queue: str, wish: Wish) -> None:
    """Leave the request, or renew it. Raises OSError."""
    directory = os.path.join(queue, REACH)
    os.makedirs(directory, mode=0o700, exist_ok=True)
    path = os.path.join(directory, wish.worker)
    with open(os.open(path + ".new", os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        json.dump(vars(wish), file)
        file.flush()
        os.fsync(file.fileno())
    os.rename(path + ".new", path)


def withdraw(queue: str, worker: str) -> None:
    """Take the request back, where it is still there."""
    try:
        os.unlink(os.path.join(queue, REACH, worker))
    except OSError:
        return


def wishes(queue: str) -> list[Wish]:
    """All requests that can be read. Raises OSError."""
    directory = os.path.join(queue, REACH)
    try:
        see_anew(directory)
        names = os.listdir(directory)
    except FileNotFoundError:
        return []
    return [wish for name in sorted(names) if not name.endswith(".new") and (wish := _read(directory, name))]


def _read(directory: str, name: str) -> Wish | None:
    try:
        with open(os.path.join(directory, name), encoding="utf-8") as file:
            found = json.load(file)
        command = [str(word) for word in found["command"]]
        return Wish(str(found["worker"]), str(found["pool"]), str(found["node"]), command)
    except (OSError, ValueError, KeyError, TypeError):
        return None
