"""server.json: where the server is to be found."""

from __future__ import annotations

import json
import os

from .. import __version__
from ..base.clock import iso, now
from ..base.paths import boot_id, deaths_path, host, socket_path
from ..link.call import server_record
from ..link.lines import Message
from ..link.noted import note_queue


class Record:
    """The record of one queue's server. `port`: what it says of the port, empty while that is closed.

    `links`: the ways by which workers of some pools come, where that is not the port.
    """

    def __init__(self, queue: str, allocation: str | None = None) -> None:
        self._queue = queue
        self._started = iso(now())
        self._allocation: Message = {} if allocation is None else {"allocation": allocation}
        self.port: Message = {}
        self.links: dict[str, str] = {}

    def write(self) -> None:
        """Say where we are; one key a line, for clients in a hurry."""
        note_queue(self._queue)
        record = {
            "host": host(),
            "pid": os.getpid(),
            "boot": boot_id(),
            "socket": socket_path(self._queue),
            "version": __version__,
            "started": self._started,
            **self._allocation,
            **self.port,
            **({"links": self.links} if self.links else {}),
        }
        fresh = os.path.join(self._queue, "server.json.new")
        with open(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            json.dump(record, file, indent=1)
        os.rename(fresh, os.path.join(self._queue, "server.json"))

    def remove(self) -> None:
        """We are to be found no more, and leave on purpose: how others died does not matter any longer.

        Where another server was put in our place it stays on record.
        """
        found = server_record(self._queue) or {}
        if found and (found.get("host"), found.get("pid")) != (host(), os.getpid()):
            return
        for path in (os.path.join(self._queue, "server.json"), deaths_path(self._queue)):
            if os.path.exists(path):
                os.unlink(path)
