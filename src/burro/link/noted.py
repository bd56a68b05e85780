"""The queues that had a server on this machine since its boot: a file beside each socket holds the queue's path."""

from __future__ import annotations

import os

from ..base.errors import Unreachable
from ..base.paths import check_socket_dir, socket_dir, socket_path


def note_queue(queue: str) -> None:
    """Keep a queue's path beside its socket. The socket's directory must have been checked."""
    path = socket_path(queue)[: -len("sock")] + "queue"
    with open(os.open(path + ".new", os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(os.fsencode(queue))
    os.rename(path + ".new", path)


def noted_queues() -> list[str]:
    """The noted queues of this user whose directories still exist; notes of others are removed."""
    directory = socket_dir()
    try:
        check_socket_dir(directory)
        paths = [os.path.join(directory, name) for name in os.listdir(directory) if name.endswith(".queue")]
    except (OSError, Unreachable):
        return []
    return sorted(filter(None, map(_read, paths)))


def _read(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            queue = os.fsdecode(file.read())
        if os.path.isdir(queue):
            return queue
        os.unlink(path)
    except OSError:
        pass
    return None
