"""Leases of the workers that come to us: renewed by beats, and what a worker holds whose lease is over is given on.

A worker counts from the moment at which it sent the last beat that was answered, we from the moment at which that
came: so it always stops its tasks first, however late a message was.
"""

from __future__ import annotations

from ..base.clock import steady
from ..base.text import spoken_duration
from ..link.lines import Message
from ..store import workers
from ..store.jobs import Columns
from .crew import Peer
from .reporting import lose_all
from .state import Also, Later, Server
from .terms import believed, lease_of

_LOOK_EVERY = 5.0  # seconds


class Leases:
    """Hears beats, and looks for leases that are over. `also` does a step in a turn."""

    def __init__(self, server: Server, later: Later, also: Also) -> None:
        self._server, self._later, self._also = server, later, also
        self._told: dict[str, float | None] = {}  # worker -> the lease that it is known to have heard of

    def begin(self) -> None:
        """Look now, and every few seconds."""
        self._later(_LOOK_EVERY, self.begin)
        coming = self._server.pools.coming
        if not coming:
            return
        rows = [row for row in workers.listed(self._server.db) if row["pool"] in coming]
        if any(map(self._is_over, rows)):
            self._also(self._give_on)
        for pool in coming:
            self._settle(pool, [str(row["name"]) for row in rows if row["pool"] == pool])

    def beat(self, peer: Peer, message: Message) -> None:
        """A worker is there: answer what it said. One that is not known has to say hello first."""
        end = self._server.crew.of(peer)
        if end is None:
            return
        self._server.heard[end.name] = steady()
        self._told[end.name] = end.lease
        peer.send({"op": "beat", "n": message.get("n")})

    def _is_over(self, row: Columns) -> bool:
        """Whether a worker that is away has ended its tasks by now."""
        if row["name"] in self._server.crew.by_name:
            return False
        lease = believed(self._server, row["pool"])
        heard = self._server.heard.get(row["name"], self._server.since)
        return lease is not None and steady() - heard > lease

    def _give_on(self) -> None:
        """Within a turn."""
        server = self._server
        for row in workers.listed(server.db):
            if server.pools.comes(row["pool"]) and self._is_over(row):
                lease = believed(server, row["pool"])
                lose_all(
                    server, row["id"], f"{row['host']} was not heard for the {spoken_duration(lease or 0)} of its lease"
                )
                server.heard.pop(row["name"], None)
                self._told.pop(row["name"], None)
        server.write_moves()

    def _settle(self, pool: str, names: list[str]) -> None:
        """Another lease is in force once every worker of the pool is known to have heard of it."""
        lease = lease_of(self._server, pool)
        if believed(self._server, pool) != lease and all(self._told.get(name, -1) == lease for name in names):
            self._also(lambda: self._server.pools.note(pool, {"lease": lease}))
