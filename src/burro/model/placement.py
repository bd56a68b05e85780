"""Which ready work goes to which worker now. Pure: the server asks, the store claims.

The rule (docs/decisions/004-order.md, 009-needs-and-order.md): the line is walked in its order. Work that does not fit
now is passed by what is behind it, but for at most PATIENCE seconds; then what it waits for is kept for it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Optional

from .job import Needs
from .room import Room, Stock
from .walltime import FOR_EVER, Stay

LONELY = 2  # times that a task took its worker down, from which on it runs alone
PATIENCE = 60.0  # seconds that other work may pass work that does not fit

_NONE = Stock()
Odd = tuple[Optional[int], bool]  # bytes that a retry made of its memory, and whether it runs alone

PLAIN: Odd = (None, False)  # what the job says, where others of it are odd


@dataclass(frozen=True)
class Waiting:
    """Ready tasks of one job that need the same, in the order of the queue."""

    job: int
    needs: Needs
    ready: int
    pool: str = "any"
    ahead: float = 1.0  # how many times a worker's room may be handed over: above 1 only for short tasks
    most: int | None = None  # so many more of the job's tasks may be handed over
    time_min: float | None = None  # seconds that a worker must still have; None: nobody knows
    odd: Odd | None = None  # which of the job's tasks these are; None: any
    seen: float | None = None  # seconds that others of the job took
    rooted: bool = False  # its files are where the server is: it only goes elsewhere where that is named
    dataset: str = ""  # the repository that it has to see; only said where some worker does not see all

    @property
    def alone(self) -> bool:
        """Whether nothing else may run beside it."""
        return self.odd is not None and self.odd[1]


@dataclass(frozen=True)
class Free:
    """A worker that takes work: all it has, and what is left of that."""

    worker: str
    pool: str
    total: Room
    left: Room
    stay: Stay = FOR_EVER
    idle: bool = True  # it has nothing in hand
    line: int = 0  # how much it has in hand
    named: bool = False  # it only gets what names its pool
    elsewhere: bool = False  # it does not see the files that are where the server is
    unseen: Container[str] = ()  # repositories that it does not see

    def takes(self, waiting: Waiting) -> bool:
        """Whether such tasks may come here at all, some time."""
        closed = self.named or (waiting.rooted and self.elsewhere)
        meant = waiting.pool == self.pool or (waiting.pool == "any" and not closed)
        return meant and waiting.dataset not in self.unseen and self.stay.fits(waiting.time_min, waiting.seen)

    def less(self, needs: Needs, count: int) -> Free:
        """The same once `count` tasks are in."""
        return replace(self, left=self.left.less(needs, count), idle=False, line=self.line + count)


@dataclass(frozen=True)
class Hand:
    """`count` tasks of `job` go to `worker`."""

    job: int
    worker: str
    count: int
    odd: Odd | None = None


def place(
    queue: Iterable[Waiting],
    workers: Iterable[Free],
    *,
    blocked: Mapping[int, float],
    stocks: Mapping[str, Stock] | None = None,
) -> Iterator[Hand]:
    """Hands in the order of the queue, which is read no further than there is room.

    `blocked` says for how many seconds jobs have been passed over already; what the patient ones wait for is kept.
    `stocks`: the counters of each pool. Only the first job in line that is short of nothing but room gets more than
    the room there is; the next one too where all of that went.
    """
    offer = _Offer(workers, stocks or {})
    first = True
    for waiting in queue:
        stretch = first and waiting.ahead > 1
        if not offer.has_room and not (first and offer.is_open):
            return
        wanted = left = offer.wanted(waiting)
        for hand in offer.hands(waiting, left, stretch=stretch):
            left -= hand.count
            yield hand
        if left and blocked.get(waiting.job, 0.0) > PATIENCE:
            offer.keep_for(waiting)
        first = first and (not left or (left == wanted and not offer.is_wanted_by(waiting)))


class _Offer:
    """What is free while the line is walked."""

    def __init__(self, workers: Iterable[Free], stocks: Mapping[str, Stock]) -> None:
        self._free = {worker.worker: worker for worker in workers}
        self._stocks = dict(stocks)
        self._handed: dict[int, int] = {}

    @property
    def is_open(self) -> bool:
        """Whether any worker is left."""
        return bool(self._free)

    @property
    def has_room(self) -> bool:
        """Whether any worker has a cpu left."""
        return any(worker.left.cpus > 0 for worker in self._free.values())

    def is_wanted_by(self, waiting: Waiting) -> bool:
        """Whether room is all that this job waits for."""
        return any(
            worker.takes(waiting)
            and worker.total.holds(waiting.needs)
            and self._stock(worker.pool).holds(waiting.needs) != 0
            for worker in self._free.values()
        )

    def wanted(self, waiting: Waiting) -> int:
        """How many tasks may be handed over."""
        if waiting.most is None:
            return waiting.ready
        return max(0, min(waiting.ready, waiting.most - self._handed.get(waiting.job, 0)))

    def hands(self, waiting: Waiting, wanted: int, *, stretch: bool) -> Iterator[Hand]:
        """Give up to `wanted` tasks to workers, those with most room first, then those with the shortest line."""
        for worker in sorted(self._free.values(), key=lambda worker: (-worker.left.cpus, worker.line)):
            count = min(wanted, self._fitting(waiting, worker, stretch=stretch)) if worker.takes(waiting) else 0
            if count <= 0:
                continue
            wanted -= count
            self._handed[waiting.job] = self._handed.get(waiting.job, 0) + count
            self._stocks[worker.pool] = self._stock(worker.pool).less(waiting.needs, count)
            self._free[worker.worker] = worker.less(waiting.needs, count)
            if waiting.alone:
                del self._free[worker.worker]
            yield Hand(waiting.job, worker.worker, count, waiting.odd)

    def _fitting(self, waiting: Waiting, worker: Free, *, stretch: bool) -> int:
        """How many tasks a worker can have now; counters are not handed ahead, since they are not freed there."""
        if waiting.alone:
            room = min(1, worker.left.holds(waiting.needs)) if worker.idle else 0
        elif stretch:
            room = worker.left.plus(worker.total.times(waiting.ahead - 1)).holds(waiting.needs)
        else:
            room = worker.left.holds(waiting.needs)
        if not waiting.needs.counters:
            return room
        lent = self._stock(worker.pool).holds(waiting.needs)
        return room if lent is None else min(room, lent)

    def keep_for(self, waiting: Waiting) -> None:
        """Nobody behind gets what this waits for: workers that can hold it, or the counters where just they lack."""
        for worker in list(self._free.values()):
            stock = self._stock(worker.pool)
            if not (worker.takes(waiting) and worker.total.holds(waiting.needs) and stock.can_hold(waiting.needs)):
                continue
            if stock.holds(waiting.needs) == 0:
                kept = {**stock.left, **{name: 0 for name, _ in waiting.needs.counters}}
                self._stocks[worker.pool] = Stock(stock.total, kept)
            if not worker.left.holds(waiting.needs) or (waiting.alone and not worker.idle):
                del self._free[worker.worker]

    def _stock(self, pool: str) -> Stock:
        return self._stocks.get(pool, _NONE)
