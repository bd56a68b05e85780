"""The line of ready work as placement walks it: read lazily, since it may be long and room is short."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice

from ..model.job import Needs, counters_from
from ..model.placement import LONELY, PLAIN, Odd, Waiting
from ..model.pool import FIFO, MCF
from ..model.room import Room
from ..store import scheduled
from ..store.db import Row
from .crew import WorkerEnd
from .state import Server

_HEAD = 64  # jobs that are looked at even where they do not fit: for them room may be kept
_LOOK = 512  # jobs behind them, of those that fit, that one turn looks at
_STATEMENTS = {  # of the head, and of what fits behind it
    FIFO: ("jobs_in_line", "jobs_in_line_that_fit"),
    MCF: ("jobs_in_line_mcf", "jobs_in_line_mcf_that_fit"),
}


class Line:
    """Jobs with ready tasks for some workers.

    `seen`: what was read of it; `growing`: jobs whose retries may grow; `lone`: of the others those of one task.
    """

    def __init__(self, server: Server, ends: Sequence[WorkerEnd], policy: str) -> None:
        self._server, self._ends = server, ends
        self._head, self._fitting = _STATEMENTS[policy]
        self.seen: list[Waiting] = []
        self.growing: set[int] = set()
        self.lone: set[int] = set()
        self._blind = any(end.unseen for end in ends)
        self._apart = False  # whether odd tasks are in the line, to be kept apart from the plain ones

    def __iter__(self) -> Iterator[Waiting]:
        """In order; jobs with odd tasks several times."""
        odd = self._odd_tasks()
        for row in self._rows():
            for waiting in self._waiting(row, odd.get(row[0], {})):
                self.seen.append(waiting)
                yield waiting

    def _rows(self) -> Iterator[Row]:
        """The first jobs whatever they need; behind them those that fit into the largest room."""
        db = self._server.db
        rooms = [end.left for end in self._ends]
        cpus = max(room.cpus for room in rooms)
        known = set()
        most = _LOOK if self._server.pace.trusts else _HEAD  # of jobs with one short task each a worker has many
        for row in db.each(self._head, {"most": most}):
            known.add(row[0])
            yield row
        if cpus <= 0 or len(known) < most:
            return
        fitting = db.each(self._fitting, self._bounds(rooms))
        yield from islice((row for row in fitting if row[0] not in known), _LOOK)

    def _bounds(self, rooms: Sequence[Room]) -> dict[str, object]:
        """The largest of each that any worker has free, and the most that any of their pools has of each counter."""
        counters: dict[str, int] = {}
        stocks = self._server.pools.stocks(self._server.crew)
        for pool in {end.pool for end in self._ends}:
            for name, number in stocks[pool].left.items():
                counters[name] = max(number, counters.get(name, 0))
        return {
            "cpus": max(room.cpus for room in rooms),
            "mem": max(room.mem for room in rooms),
            "gpus": max(room.gpus for room in rooms),
            "pools": "".join(f",{end.pool}," for end in self._ends),
            "counters": json.dumps(counters),
            "rooted": any(end.ground is None for end in self._ends if end.left.cpus > 0),
        }

    def _odd_tasks(self) -> dict[int, dict[Odd, int]]:
        """Ready tasks that need other room than their job says: how many of each kind, by job."""
        found: dict[int, dict[Odd, int]] = defaultdict(dict)
        db = self._server.db
        self._apart = bool(db.run("any_odd_task"))
        if not self._apart or all(end.left.cpus <= 0 for end in self._ends):
            return found  # without room only plain short tasks are handed ahead
        for job, mem, crashes, count in db.run("odd_tasks"):
            kind = (mem, crashes >= LONELY)
            found[job][kind] = found[job].get(kind, 0) + count
        return found

    def _waiting(self, row: Row, odd: dict[Odd, int]) -> Iterator[Waiting]:
        job, cpus, mem, gpus, counters, ready, pool, time_min, most, grows, single, _, rooted = row
        if grows or odd:
            self.growing.add(job)
        elif single:
            self.lone.add(job)
        needs = Needs(cpus, mem, gpus, counters_from(counters))
        plain = ready - sum(odd.values())
        ahead, seen = self._server.pace.ahead(job), self._server.pace.mean(job)
        where = self._dataset(job) if rooted else ""
        alike = partial(Waiting, job, pool=pool, most=most, time_min=time_min, rooted=bool(rooted), dataset=where)
        if plain > 0:
            kind = PLAIN if self._apart else None
            yield alike(needs, plain, ahead=ahead, odd=kind, seen=seen)
        for kind, count in odd.items():
            more = Needs(cpus, self._had(kind[0] or mem, pool), gpus, needs.counters)
            yield alike(more, count, odd=kind, seen=seen)

    def _dataset(self, job: int) -> str:
        """The repository of a job, where that matters to one of the workers."""
        return scheduled.repository(self._server.db, job) or "" if self._blind else ""

    def _had(self, mem: int, pool: str) -> int:
        """So many bytes, or what the largest worker has: a retry does not grow beyond that."""
        return min(mem, max((end.mem for end in self._ends if pool in ("any", end.pool)), default=mem))


class LineOf(Line):
    """Jobs that name the pool of one worker that counts tasks: how many others there are is of no interest."""

    def __init__(self, server: Server, end: WorkerEnd) -> None:
        super().__init__(server, [end], server.pools.policy(end.pool))
        self._pool = end.pool

    def _rows(self) -> Iterator[Row]:
        """The first ones, in their order."""
        return self._server.db.each("jobs_in_line_of_pool", {"pool": self._pool, "most": _LOOK})
