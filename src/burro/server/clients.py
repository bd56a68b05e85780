"""Whom to ask for a pool: one client for each scheduler and way to it, made when it is wanted first."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from ..model.links import PREFIX
from ..model.pool import SCHEDULER, SSH
from ..pools.client import Client
from ..pools.flux import Flux
from ..pools.gridengine import GridEngine
from ..pools.login_node import LoginNode
from ..pools.lsf import Lsf
from ..pools.pbs import Pbs
from ..pools.prefix import Prefix
from ..pools.scheduler import Scheduler
from ..pools.slurm import Slurm
from ..pools.starter import Starter
from ..store.jobs import Columns
from .state import Server

SCHEDULERS: dict[str, type[Scheduler]] = {one.name: one for one in (Slurm, GridEngine, Pbs, Lsf, Flux)}
_FIRST = "slurm"


class Clients:
    """`directory`: where the schedulers' commands run; some leave files.

    A site is a scheduler and, behind a blank, the host where its commands are, if not here.
    """

    def __init__(self, server: Server, directory: str) -> None:
        self._server, self._directory = server, directory
        self._made: dict[str, Client] = {}
        self._last: dict[str, str] = {}  # pool -> its site; one may not be declared any more

    def of(self, pool: str) -> Client:
        """The one that answers for a pool as it is declared now."""
        return self.at(self.site(pool), pool)

    def site(self, pool: str) -> str:
        """Whom a pool asks, as it is declared now or was last."""
        values = self._server.pools.values(pool)
        if SCHEDULER in values:
            self._last[pool] = f"{values[SCHEDULER]} {values.get(SSH) or ''}".rstrip()
        elif PREFIX in values:
            self._last[pool] = Prefix.name
        return self._last.get(pool, _FIRST)

    def at(self, site: str, pool: str) -> Client:
        """The one for a site; `pool` has to do with it."""
        if site not in self._made:
            self._made[site] = self._make(site, pool)
        return self._made[site]

    def apart(self, rows: Iterable[Columns]) -> list[tuple[Client, list[Columns]]]:
        """Allocations by whom they were asked of, whatever their pools say now."""
        found: dict[Client, list[Columns]] = {}
        for row in rows:
            found.setdefault(self.at(row["site"], row["pool"]), []).append(row)
        return list(found.items())

    def wake(self) -> None:
        """Ask again at once those that did not answer: somebody set something, or has logged in."""
        for client in self._made.values():
            client.wake()

    def _make(self, site: str, pool: str) -> Client:
        name, _, host = site.partition(" ")
        if name == Prefix.name:
            return Starter(env=os.environ, directory=self._directory, came=self._came)
        scheduler = SCHEDULERS[name]()
        way = LoginNode(host, scheduler.variables, pool=pool) if host else None
        return Client(scheduler, env=os.environ, directory=self._directory, way=way)

    def _came(self) -> Mapping[str, list[tuple[str, float | None]]]:
        """Of the marks whose workers are connected: the node of each, and when it ends."""
        found: dict[str, list[tuple[str, float | None]]] = {}
        for end in self._server.crew:
            if end.allocation is not None:
                found.setdefault(end.allocation, []).append((end.host, end.until))
        return found
