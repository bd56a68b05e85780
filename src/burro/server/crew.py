"""The workers that are connected, and what each has in hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container, Iterator
from collections.abc import Set as AbstractSet
from typing import Protocol

from ..link.lines import Message
from ..model.elsewhere import Ground
from ..model.job import Needs
from ..model.placement import Free
from ..model.room import Places, Room
from ..model.walltime import FOR_EVER, Stay

Key = tuple[int, int, int]  # job, index, token
UNBOUND = 2**62  # bytes, gpus: as many as you like
Rank = tuple[int, ...]  # the higher one goes first


class Peer(Protocol):
    """The other end of a connection."""

    def send(self, message: Message) -> None:
        """Send a message, some time soon."""

    def close(self) -> None:
        """Give the connection up."""


class WorkerEnd:
    """One connected worker. `cpus`, `mem` and `gpus` are what it may use now; `found...` what it has."""

    def __init__(self, peer: Peer, number: int, hello: Message, *, cpus: int) -> None:
        self.peer = peer
        self.number = number
        self.name, self.pool, self.host = str(hello["worker"]), str(hello["pool"]), str(hello["host"])
        self.pid, self.mem_by = int(hello["pid"]), str(hello.get("mem_by") or "watch")
        self.found, self.found_mem = int(hello["cpus"]), int(hello["mem"])
        self.found_gpus = tuple(str(gpu) for gpu in hello.get("gpus") or ())
        self.unserved: tuple[float, float] | None = None  # when it had no server last, as it said; seconds since 1970
        self.lease: float | None = None  # that a worker which comes to us was told of: ours, seconds
        self.until: float | None = hello.get("until")  # seconds since 1970: it ends then
        self.leaves = False  # it was told to, or says so: then it does not come back
        self.allocation: str | None = hello.get("allocation")  # our mark of what it is in
        self.places: int | None = hello.get("places")  # its room is so many tasks, whatever these need
        self.notes: dict[Key, str] = {}  # what it says of claims that have not begun
        self.said: dict[int, str] = {}  # and of their jobs
        self.cpus, self.mem, self.gpus = cpus, self.found_mem, self.found_gpus
        self.held: dict[Key, Needs] = {}
        self.running: set[Key] = set()
        self.alone: set[Key] = set()  # claims beside which nothing else may run
        self.heard_jobs: set[int] = set()
        self.changed_jobs: set[int] = set()  # of these those that are to be told anew
        self.heard_envs: set[str] = set()
        self.ground: Ground | None = None  # where its paths are not ours
        self.brought: dict[tuple[int, int, int, str], Message] = {}  # files of attempts whose end is to follow
        self.ahead: dict[Key, tuple[bool, Rank]] = {}  # claims beyond its room, oldest first; whether others could too
        self._ranks: Counter[Rank] = Counter()  # how many of these there are of each rank
        self.recalled: dict[Key, str] = {}  # those that were asked back, and for which worker
        self.around: Message = {}  # what its pool adds to tasks, as it was told last
        self.well: set[int] = set()  # jobs of which a task has succeeded here
        self.failed_at_once: list[tuple[int, str]] = []  # since one has: of which jobs, and how
        self.unseen: dict[str, float] = {}  # repositories that are not there, and until when (steady) that is believed
        self.lined: set[int] = set()  # jobs whose tasks have commands of their own
        self.lent: Counter[str] = Counter()  # counters of the pool that its claims have
        self._cpus, self._mem, self._gpus = 0, 0, 0  # what its claims need together

    def hand(self, key: Key, needs: Needs, *, alone: bool = False) -> None:
        """It has this claim from now on."""
        self.held[key] = needs
        self._cpus += needs.cpus
        self._mem += needs.mem
        if needs.gpus or needs.counters:
            self._gpus += needs.gpus
            self.lent.update(dict(needs.counters))
        if alone and self.places is None:
            self.alone.add(key)

    def drop(self, keys: Collection[Key]) -> None:
        """It has these claims no more."""
        for key in keys:
            needs = self.held.pop(key, None)
            if needs is None:
                continue
            self._cpus -= needs.cpus
            self._mem -= needs.mem
            if needs.gpus or needs.counters:
                self._gpus -= needs.gpus
                self.lent.subtract(dict(needs.counters))
            self.notes.pop(key, None)
            self.began(key)
        self.running.difference_update(keys)
        if self.alone:
            self.alone.difference_update(keys)

    def forget_envs(self, dropped: AbstractSet[str]) -> list[str]:
        """Of environments that are no longer needed those it knows, as it knows them: now it does not."""
        if self.ground is None or not dropped:
            heard = sorted(dropped & self.heard_envs)
        else:
            heard = sorted(known for known in self.heard_envs if known.partition(".")[0] in dropped)
        self.heard_envs.difference_update(heard)
        return heard

    def waits(self, key: Key, rank: Rank, *, movable: bool) -> None:
        """A claim is beyond its room; `movable`: another pool could run it too."""
        self.ahead[key] = (movable, rank)
        self._ranks[rank] += 1

    def began(self, key: Key) -> None:
        """A claim is no longer beyond its room."""
        found = self.ahead.pop(key, None) if self.ahead else None
        if found is not None:
            self.recalled.pop(key, None)
            self._ranks[found[1]] -= 1

    def before(self, rank: Rank) -> int:
        """How many claims beyond its room go before one of this rank that comes now."""
        return sum(count for one, count in self._ranks.items() if one >= rank)

    @property
    def has_ranks(self) -> bool:
        """Whether some of what waits there goes before others of it, whenever they came."""
        return len(+self._ranks) > 1

    @property
    def total(self) -> Room:
        """All it may use."""
        if self.places is not None:
            return Places(self.places if self.cpus else 0, UNBOUND, UNBOUND)
        return Room(self.cpus, self.mem, len(self.gpus))

    @property
    def left(self) -> Room:
        """What is free; below zero where short tasks were handed ahead."""
        if self.places is not None:
            return Places(self.places - len(self.held) if self.cpus else 0, UNBOUND, UNBOUND)
        return Room(self.cpus - self._cpus, self.mem - self._mem, len(self.gpus) - self._gpus)

    @property
    def cpus_used(self) -> int:
        """Cpus that its claims need together."""
        return self._cpus

    @property
    def gpus_used(self) -> int:
        """Gpus that its claims need together."""
        return self._gpus

    def free(self, *, stay: Stay = FOR_EVER, doubted: Container[str] = (), unseen: Container[str] = ()) -> Free:
        """As placement wants it. `doubted`: pools that only get what names them. `unseen`: repositories not there."""
        apart = self.places is not None  # no task there has anything to do with others, and none goes there by chance
        idle, named = not self.held or apart, self.pool in doubted or apart
        far = self.ground is not None
        return Free(self.name, self.pool, self.total, self.left, stay, idle, len(self.held), named, far, unseen)


class Crew:
    """All connected workers."""

    def __init__(self) -> None:
        self.by_name: dict[str, WorkerEnd] = {}

    def __iter__(self) -> Iterator[WorkerEnd]:
        return iter(list(self.by_name.values()))

    def __len__(self) -> int:
        return len(self.by_name)

    @property
    def largest(self) -> int:
        """Bytes of memory that the largest worker has."""
        return max((end.mem for end in self.by_name.values() if end.places is None), default=0)

    def add(self, end: WorkerEnd) -> None:
        """A worker said hello; an older connection of the same one is dead."""
        old = self.by_name.pop(end.name, None)
        if old is not None:
            old.peer.close()
        self.by_name[end.name] = end

    def in_pool(self, pool: str) -> list[WorkerEnd]:
        """The workers of a pool."""
        return [end for end in self.by_name.values() if end.pool == pool]

    def of(self, peer: object) -> WorkerEnd | None:
        """The worker at the other end of a connection."""
        return next((end for end in self.by_name.values() if end.peer is peer), None)

    def numbered(self, number: int) -> WorkerEnd | None:
        """The connected worker of that number in the store."""
        return next((end for end in self.by_name.values() if end.number == number), None)

    def remove(self, end: WorkerEnd) -> None:
        """Its connection ended."""
        if self.by_name.get(end.name) is end:
            del self.by_name[end.name]

    def clear(self) -> None:
        """Drop all connections: what is in memory may not be what is in the store; each says hello again."""
        for end in self.by_name.values():
            end.peer.close()
        self.by_name.clear()
