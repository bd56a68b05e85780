"""What the server holds in its hands: the store, the crew, who follows what. The steps are functions beside it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from ..base.clock import now
from ..base.log import Log
from ..link.lines import Message
from ..store import settings
from ..store.counts import Moves
from ..store.db import Database
from ..store.environments import Environments
from ..store.jobs import Span
from .crew import Crew, Peer
from .pace import Pace

CPUS, KEPT, DOWN = "cpus.local", "kept", "down"  # settings


@dataclass
class Server:
    """The parts. `outgoing` and `afterwards` belong to the turn: they happen once its transaction is on disk."""

    queue: str
    db: Database
    environments: Environments
    log: Log
    crew: Crew = field(default_factory=Crew)
    pace: Pace = field(default_factory=Pace)
    moves: Moves = field(default_factory=Moves)
    outgoing: list[tuple[Peer, Message]] = field(default_factory=list)
    afterwards: list[Callable[[], None]] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)  # jobs whose tasks moved in this turn
    final: list[Span] = field(default_factory=list)  # tasks that became final in this turn
    blocked: dict[int, float] = field(default_factory=dict)  # job -> steady time since when it is passed over
    clients: set[Peer] = field(default_factory=set)
    dates_changed: bool = True  # a start time or a retry's delay may be due earlier than the sweep thinks
    down: bool = False
    draining: bool = False
    stopping: bool = False

    def say(self, peer: Peer, message: Message) -> None:
        """Send a message once the turn is on disk."""
        self.outgoing.append((peer, message))

    def write_moves(self) -> None:
        """Bring the counts of the jobs up to date with what this turn has done so far."""
        self.changed |= self.moves.jobs
        for job in self.moves.write(self.db, now=now()):
            self.pace.forget(job)
            self.blocked.pop(job, None)
            self.afterwards.append(lambda job=job: self._forget(job))  # type: ignore[misc]  # bound now, called later

    def _forget(self, job: int) -> None:
        """A job is over: workers forget it, and its environment goes if nobody needs it."""
        envs = [env for (env,) in self.db.run("env_of", {"id": job})]
        dropped = self.environments.drop_unneeded(self.db, envs)
        for end in self.crew:
            if job in end.heard_jobs:
                end.heard_jobs.discard(job)
                end.lined.discard(job)
                end.heard_envs -= dropped
                end.peer.send({"op": "forget", "jobs": [job], "envs": sorted(dropped)})

    def wake(self) -> None:
        """End a `down`: who submits or waits wants work done. Within a transaction."""
        if self.down and not self.stopping:
            self.down = False
            settings.put(self.db, DOWN, None)

    def local_cpus(self) -> int | None:
        """What the user set for this machine; None: all."""
        value = settings.get(self.db, CPUS)
        return None if value is None else int(value)

    def capacity(self) -> tuple[int, int]:
        """Cpus and bytes of memory that a task of this machine's pool can ever get."""
        found = len(os.sched_getaffinity(0))
        return self.local_cpus() or found, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
