"""Which ready work goes to which worker now. Pure: the server asks, the store claims.

The rule (docs/decisions/004-order.md): priority first, then first come first served. Work that does not fit now is
passed by smaller work behind it, but for at most PATIENCE seconds; then the room that becomes free is kept for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .job import Needs
from .room import Room

PATIENCE = 60.0  # seconds that smaller work may pass work that does not fit


@dataclass(frozen=True)
class Waiting:
    """Ready tasks of one job, in the order of the queue."""

    job: int
    needs: Needs
    ready: int
    pool: str = "any"
    ahead: float = 1.0  # how many times a worker's room may be handed over: above 1 only for short tasks


@dataclass(frozen=True)
class Free:
    """A worker that takes work: all it has, and what is left of that."""

    worker: str
    pool: str
    total: Room
    left: Room


@dataclass(frozen=True)
class Hand:
    """`count` tasks of `job` go to `worker`."""

    job: int
    worker: str
    count: int


def place(queue: Iterable[Waiting], workers: Iterable[Free], *, blocked: Mapping[int, float]) -> Iterator[Hand]:
    """Hands in the order of the queue.

    `blocked` says for how many seconds jobs have been passed over already; the first that was passed for too long
    ends the walk, so what becomes free stays free for it. Only the first job in line gets more than the room there is.
    """
    free = {worker.worker: worker for worker in workers}
    first = True
    for waiting in queue:
        if not any(worker.left.cpus > 0 for worker in free.values()) and not (first and waiting.ahead > 1):
            return
        left = waiting.ready
        for worker in sorted(free.values(), key=lambda worker: -worker.left.cpus):
            count = min(left, _fitting(waiting, worker, stretch=first))
            if count and _goes(waiting, worker):
                yield Hand(waiting.job, worker.worker, count)
                free[worker.worker] = Free(
                    worker.worker, worker.pool, worker.total, worker.left.less(waiting.needs, count)
                )
                left -= count
        if left and blocked.get(waiting.job, 0.0) > PATIENCE:
            return
        first = False


def _goes(waiting: Waiting, worker: Free) -> bool:
    return waiting.pool in ("any", worker.pool)


def _fitting(waiting: Waiting, worker: Free, *, stretch: bool) -> int:
    if not stretch or waiting.ahead <= 1:
        return worker.left.holds(waiting.needs)
    more = waiting.ahead - 1
    total = worker.total
    return Room(worker.left.cpus + int(total.cpus * more), worker.left.mem + int(total.mem * more)).holds(waiting.needs)
