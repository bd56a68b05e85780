"""Whom to ask for a pool: one client for each scheduler, made when it is wanted first, and kept with its rest."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..model.pool import SCHEDULER
from ..pools.client import Client
from ..pools.scheduler import Scheduler
from ..pools.slurm import Slurm
from ..store.jobs import Columns
from .state import Server

SCHEDULERS: dict[str, type[Scheduler]] = {"slurm": Slurm}
_FIRST = "slurm"


class Clients:
    """`directory`: where the schedulers' commands run; some leave files."""

    def __init__(self, server: Server, directory: str) -> None:
        self._server, self._directory = server, directory
        self._made: dict[str, Client] = {}
        self._last: dict[str, str] = {}  # pool -> its scheduler; one that is not declared any more may have allocations

    def of(self, pool: str) -> Client:
        """The one that answers for a pool."""
        said = self._server.pools.value(pool, SCHEDULER) or self._last.get(pool) or _FIRST
        name = self._last[pool] = str(said)
        if name not in self._made:
            self._made[name] = Client(SCHEDULERS[name](), env=os.environ, directory=self._directory)
        return self._made[name]

    def apart(self, rows: Iterable[Columns]) -> list[tuple[Client, list[Columns]]]:
        """Rows of the store by whom to ask of them; each has its `pool`."""
        found: dict[Client, list[Columns]] = {}
        for row in rows:
            found.setdefault(self.of(row["pool"]), []).append(row)
        return list(found.items())
