"""Keeping this machine's worker: find the one that lives, or start a keeper where none does."""

from __future__ import annotations

import os

from ..base.mounts import is_network
from ..base.paths import host
from ..link.place import PATIENCE, Place, has_worker, role_command, take_lock, worker_dirs, write_place
from ..model.pool import LOCAL
from ..pools.local import Keeper, new_worker_name, start_keeper
from ..store import workers
from .reporting import lose_all
from .state import Later, Server

_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class LocalPool:
    """One worker on the server's own machine. Its lock tells whether keeper or worker live: no timeout decides that."""

    def __init__(self, server: Server, later: Later, *, command: list[str], patience: float = PATIENCE) -> None:
        self._server, self._later, self._command, self._patience = server, later, command, patience
        self._keepers: list[Keeper] = []
        self._looks = 0

    def settle_missing(self) -> None:
        """Workers whose directory somebody removed: what they held is lost. Within a transaction."""
        there = {os.path.basename(directory) for directory in worker_dirs(self._server.queue)}
        for row in workers.listed(self._server.db):
            ours = row["host"] == host() or not is_network(self._server.queue)
            if row["pool"] == LOCAL and ours and row["name"] not in there:
                lose_all(self._server, row["id"], "the directory of its worker is gone")

    def tend(self) -> None:
        """Look after the worker until it is connected; called at the start, and when its connection ends."""
        self._keepers = [keeper for keeper in self._keepers if keeper.poll() is None]
        if self.is_up or self._server.stopping or self._server.allocation is not None:
            self._looks = 0
            return
        directory = self._directory()
        lock = take_lock(directory)
        if lock is not None:
            os.close(lock)  # nobody lives there; the keeper takes it again, and if another was quicker it leaves
            log = os.path.join(self._server.queue, "worker.log")
            self._keepers.append(start_keeper(role_command(directory, "keeper"), log))
        pause = _PAUSES[min(self._looks, len(_PAUSES) - 1)]
        self._looks += 1
        self._later(pause if lock is None else pause + 0.5, self.tend)

    def lives(self) -> bool:
        """Whether a keeper or worker of this machine lives, connected or not."""
        return has_worker(self._server.queue)

    @property
    def is_up(self) -> bool:
        """Whether this machine's worker is connected."""
        return bool(self._server.crew.in_pool(LOCAL))

    def _directory(self) -> str:
        """The worker's directory, made where there is none; its settings are written anew, for this server's code."""
        there = worker_dirs(self._server.queue)
        name = os.path.basename(there[0]) if there else new_worker_name()
        directory = os.path.join(self._server.queue, "workers", name)
        write_place(Place(directory, name, self._server.queue, LOCAL, server=self._command, patience=self._patience))
        return directory
