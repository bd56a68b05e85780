"""What the server holds in its hands: the store, the crew, who follows what. The steps are functions beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ..base.clock import now, steady
from ..base.log import Log
from ..link.lines import Message
from ..model.pool import LOCAL
from ..store import events, settings
from ..store.counts import Moves, Over
from ..store.db import Database
from ..store.environments import Environments
from ..store.jobs import Span
from .busy import Busy
from .crew import Crew, Peer
from .pace import Pace
from .poolfile import files_of
from .pools import Pools

KEPT, DOWN = "kept", "down"  # settings
Later = Callable[[float, Callable[[], None]], object]  # runs something in so many seconds
Also = Callable[[Callable[[], None]], None]  # does a step within the next turn


def nobody(*_: object) -> None:
    """Stands for somebody who is told once all parts are there."""


GRACE = 10.0  # seconds that the first worker may take to say what it has


def machine_cpus() -> int:
    """Cpus of this machine that the server, and so its worker, may use."""
    return len(os.sched_getaffinity(0))


@dataclass
class Reached:
    """How the connection of a pool that is reached by ssh stands: `connecting`, `up` or `down`.

    `error`: the last trouble, and when that was; `tries`: how many attempts at it have ended.
    """

    state: str = "connecting"
    error: str | None = None
    since: float | None = None  # seconds since 1970
    tries: int = 0
    unstarted: dict[int, float] = field(default_factory=dict)  # jobs that could not be started in a row; steady time
    doubted: float = 0.0  # steady time until which it is passed over by what may go elsewhere


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
    over: list[Over] = field(default_factory=list)  # jobs that became final in this turn
    blocked: dict[int, float] = field(default_factory=dict)  # job -> steady time since when it is passed over
    kept: set[str] = field(default_factory=set)  # workers whose room is kept for a job that was passed over for long
    clients: set[Peer] = field(default_factory=set)
    again: bool = False  # not all was handed out that could be: the next turn is to follow at once
    dates_changed: bool = True  # a start time or a retry's delay may be due earlier than the sweep thinks
    down: bool = False
    draining: bool = False
    allocation: str | None = None  # that we are in ourselves: no worker of ours is beside us
    stopping: bool = False
    spares: bool = False  # we leave, and workers on other machines stay
    pools: Pools = field(init=False)
    busy: Busy = field(init=False)
    found_gpus: tuple[str, ...] | None = None  # of this machine; None before its worker has said so
    put_off: list[tuple[Peer, Message]] = field(default_factory=list)  # questions that wait for a worker's hello
    since: float = field(default_factory=steady)
    homing: Callable[..., None] = nobody  # hears of ends of tasks whose files are elsewhere
    parcel: Callable[..., None] = nobody  # hears of outputs that are to come home before an end is told
    linked: list[Callable[[str], None]] = field(default_factory=list)  # hear within a turn that a pool is connected
    came: list[Callable[[str], None]] = field(default_factory=list)  # hear that a pool elsewhere has a worker again
    fetch: Callable[..., object] = nobody  # asks for a piece of a file that lies elsewhere; whether anybody answers
    probe: Callable[[Peer, str, Message], None] = nobody  # has a node of a pool try which ways lead to us
    vet: Callable[[Peer, str, Message], None] = nobody  # answers what was set for a pool once its scheduler was asked
    heard: dict[str, float] = field(default_factory=dict)  # workers that come to us -> steady time of the last beat
    unserved: dict[str, tuple[float, float]] = field(default_factory=dict)  # pool -> when its workers had no server
    emptied: dict[str, dict[str, float]] = field(default_factory=dict)  # mark -> nodes whose worker left -> steady time
    unseen: dict[str, dict[str, float]] = field(default_factory=dict)  # pool -> repositories not seen -> steady time
    reaches: dict[str, Reached] = field(default_factory=dict)  # of the pools that are reached by ssh

    def __post_init__(self) -> None:
        """The pools are as the files and the store say."""
        self.pools = Pools(self.db, files_of(self.queue))
        self.busy = Busy(self.db)

    def reached(self, pool: str) -> Reached:
        """How the connection of a pool stands."""
        return self.reaches.setdefault(pool, Reached())

    def probe_later(self, peer: Peer, pool: str, message: Message) -> None:
        """Have it tried once this turn is over."""
        self.afterwards.append(lambda: self.probe(peer, pool, message))

    def say(self, peer: Peer, message: Message) -> None:
        """Send a message once the turn is on disk."""
        self.outgoing.append((peer, message))

    def write_moves(self) -> None:
        """Bring the counts of the jobs up to date with what this turn has done so far."""
        self.changed |= self.moves.jobs
        over = self.moves.write(self.db, now=now())
        if not over:
            return
        for one in over:
            self.pace.forget(one.job)
            self.blocked.pop(one.job, None)
        events.add_each(
            self.db, "ended", [(one.job, f"{one.bad} not done" if one.bad else "done") for one in over], now=now()
        )
        if not self.over:
            self.afterwards.append(self._forget)
        self.over += over

    def _forget(self) -> None:
        """Jobs are over: workers forget them, and their environments go if nobody needs them."""
        over, self.over = self.over, []
        dropped = self.environments.drop_unneeded(self.db, {one.env for one in over})
        jobs = {one.job for one in over}
        for end in self.crew:
            known, envs = jobs & end.heard_jobs, end.forget_envs(dropped)
            if known or envs:
                end.heard_jobs -= known
                end.changed_jobs -= known
                end.lined -= known
                end.well -= known
                end.peer.send({"op": "forget", "jobs": sorted(known), "envs": envs})

    def drop_envs(self, envs: Iterable[str]) -> None:
        """Of some environments, those that no job needs any more go, also at the workers. After the commit."""
        dropped = self.environments.drop_unneeded(self.db, envs)
        for end in self.crew:
            heard = end.forget_envs(dropped)
            if heard:
                end.peer.send({"op": "forget", "jobs": [], "envs": heard})

    def look_at_fresh_envs(self) -> None:
        """Environments go again whose submission was refused, or was known already. After the commit."""
        fresh, self.environments.fresh = self.environments.fresh, set()
        self.drop_envs(fresh)

    def wake(self) -> None:
        """End a `down`: who submits or waits wants work done. Within a transaction."""
        if self.down and not self.stopping:
            self.down = False
            settings.put(self.db, DOWN, None)

    def gpus_unknown(self, *, within: float = GRACE) -> bool:
        """Whether it is still to be heard which gpus there are; a worker that does not come is not waited for."""
        known = self.found_gpus is not None or self.pools.value(LOCAL, "gpus") is not None
        return not known and steady() - self.since < within

    def local_cpus(self) -> int:
        """Cpus that this machine's worker may use now."""
        return self.pools.cpus(LOCAL, machine_cpus())
