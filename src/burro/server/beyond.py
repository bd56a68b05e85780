"""Work handed to machines elsewhere and to nodes beyond their room: what nobody has room for now."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from ..base.clock import steady
from ..model.job import Needs, counters_from
from ..model.placement import PLAIN, Hand
from ..model.pool import ANY, FIFO, MCF
from ..store import scheduled
from ..store.db import Row
from . import doubt, unseen, walltimes
from .ahead import ask_back, limit, rank_of, seconds
from .crew import Rank, WorkerEnd
from .state import Server

_HEAD = 128  # jobs of the line, of those that fit, that are looked at in one turn
_AT_ONCE, _SPELL = 100, 0.002  # tasks for a worker, and seconds, after which the next turn goes on
_LINES = {FIFO: "jobs_in_line_that_fit", MCF: "jobs_in_line_mcf_that_fit"}


@dataclass(frozen=True)
class Handing:
    """So many tasks of a job to a worker beyond its room; `movable`: others could run them too."""

    end: WorkerEnd
    hand: Hand
    needs: Needs
    rank: Rank
    movable: bool
    grows: bool


@dataclass(frozen=True)
class _One:
    """A job of the line. `odd`: of its ready tasks so many need so much memory; None: all are plain."""

    job: int
    needs: Needs
    count: int
    pool: str
    need: float | None  # seconds that a worker must still have
    rank: Rank
    grows: bool
    odd: list[int] | None
    rooted: bool  # its files are only here
    dataset: str  # the repository that it has to see; only said where some worker does not see all


def hands(server: Server) -> Iterator[Handing]:
    """What nobody has room for now, to workers elsewhere, the one with the shortest line first."""
    ends = [end for end in server.crew if end.cpus > 0 and not end.alone]
    takers = [end for end in ends if limit(server, end.pool, named=True)]
    by_policy: dict[str, list[WorkerEnd]] = {}
    for end in takers:
        by_policy.setdefault(server.pools.policy(end.pool), []).append(end)
    if not takers:
        return
    passing = _Passing(server, ends)
    for _, found in sorted(by_policy.items()):
        yield from passing.along(found)


class _Passing:
    """One walk along the line, for as long as a turn may take."""

    def __init__(self, server: Server, ends: list[WorkerEnd]) -> None:
        self._server = server
        self._doubted = doubt.doubted(server)
        self._blind = any(end.unseen for end in ends)
        self._rooms = [
            (end.left, end.ground is not None, unseen.of(end))
            for end in ends
            if end.places is None and end.left.cpus > 0 and end.pool not in self._doubted
        ]
        self._stocks = server.pools.stocks(server.crew)
        self._stays = {end.name: walltimes.stay(server, end) for end in ends}
        self._until = steady() + _SPELL
        self._given: Counter[str] = Counter()  # tasks, by the name of the worker
        self._odd: dict[int, list[int]] = {}
        self._any_odd = bool(server.db.run("any_odd_task"))
        for job, mem, _, _ in server.db.run("odd_tasks") if self._any_odd else ():
            self._odd.setdefault(job, []).append(mem or 0)

    def along(self, takers: list[WorkerEnd]) -> Iterator[Handing]:
        """For the workers of pools that have one order."""
        pool, left = takers[0].pool, _Places(self._server, takers)
        for row in self._rows(takers):
            one = self._read(row, pool)
            takers = left.open(takers, one.rank)
            if not takers:
                return
            if self._given and steady() > self._until:
                self._server.again = True
                return
            if one.pool == ANY and (not left.for_any or self._is_for_others(one)):
                continue
            if one.needs.counters or one.odd is not None:
                takers = self._without_first(takers, one)
            if not one.needs.counters:
                for handing in self._shared_out(takers, one, left):
                    yield handing
                    left.changed()

    def _is_for_others(self, one: _One) -> bool:
        """Whether there is room for it somewhere, so that it need not wait at a machine."""
        return any(
            room.holds(one.needs)
            for room, far, misses in self._rooms
            if not (far and one.rooted) and one.dataset not in misses
        )

    def _rows(self, takers: list[WorkerEnd]) -> list[Row]:
        """The first jobs that they could hold if they were empty."""
        counters: dict[str, int] = {}
        for end in takers:
            for name, number in self._stocks[end.pool].left.items():
                counters[name] = max(number, counters.get(name, 0))
        bounds = {
            "cpus": max(end.cpus for end in takers),
            "mem": max(end.mem for end in takers),
            "gpus": max(len(end.gpus) for end in takers),
            "pools": "".join(f",{end.pool}," for end in takers),
            "counters": json.dumps(counters),
            "rooted": any(end.ground is None for end in takers),
        }
        statement = _LINES[self._server.pools.policy(takers[0].pool)]
        return list(islice(self._server.db.each(statement, bounds), _HEAD))

    def _read(self, row: Row, pool: str) -> _One:
        job, cpus, mem, gpus, counters, ready, named, time_min, most, retry, _, priority, rooted = row
        needs = Needs(cpus, mem, gpus, counters_from(counters))
        count = ready if most is None else min(ready, most)
        rank = rank_of(self._server, pool, priority=priority, cpus=cpus)
        grows = bool(retry) or self._any_odd
        dataset = scheduled.repository(self._server.db, job) if rooted and self._blind else None
        odd = self._odd.get(job)
        return _One(job, needs, count, named, time_min, rank, grows, odd, bool(rooted), dataset or "")

    def _may_have(self, end: WorkerEnd, one: _One) -> bool:
        anywhere = one.pool == ANY and end.pool not in self._doubted and (end.ground is None or not one.rooted)
        meant = (one.pool == end.pool or anywhere) and one.dataset not in unseen.of(end)
        fits = self._stays[end.name].fits(one.need, self._server.pace.mean(one.job))
        return meant and fits and end.total.holds(one.needs) > 0

    def _shared_out(self, takers: list[WorkerEnd], one: _One, places: _Places) -> Iterator[Handing]:
        left, named = one.count, one.pool != ANY
        free = [(len(end.held) / end.cpus, end) for end in takers if self._may_have(end, one)]
        for others, (_, end) in enumerate(sorted(free, key=lambda pair: pair[0]), start=1 - len(free)):
            most = min(left, self._most(end, one, places))
            if seconds(self._server, end.pool) is not None:
                most = min(most, -(-left // (1 - others)))  # alike for all who are still to come
            count = min(most, _AT_ONCE - self._given[end.name])
            self._server.again = self._server.again or most > count
            if count > 0:
                left -= count
                self._given[end.name] += count
                hand = Hand(one.job, end.name, count, PLAIN if self._any_odd else None)
                yield Handing(end, hand, one.needs, one.rank, movable=not named, grows=one.grows)

    def _most(self, end: WorkerEnd, one: _One, places: _Places) -> int:
        """How many of them a worker may have: by their number, or by the time that they take, where that is known."""
        most = places.most(end, one.rank, named=one.pool != ANY)
        work = seconds(self._server, end.pool)
        if work is None:
            return most
        takes = self._server.pace.mean(one.job) or one.need
        if not takes:
            return 0
        work = min(work, self._stays[end.name].left - takes)  # also the last one is to end there
        return min(most, end.total.holds(one.needs) * int(max(0.0, work) / takes) - end.before(one.rank))

    def _without_first(self, takers: list[WorkerEnd], one: _One) -> list[WorkerEnd]:
        """What cannot be handed ahead needs room: somebody gets nothing more before it, and gives back what is behind.

        Counters are not freed there, and what has grown or runs alone is not to wait where it may not fit.
        """
        able = [
            end
            for end in takers
            if self._may_have(end, one) and self._stocks[end.pool].holds(one.needs) != 0 and _fits(end, one)
        ]
        if not able:
            return takers
        first = min(able, key=lambda end: len(end.held) / end.cpus)
        behind = [key for key, (_, rank) in first.ahead.items() if (rank, -key[0]) < (one.rank, -one.job)]
        ask_back(self._server, first, behind)
        return [end for end in takers if end is not first]


class _Places:
    """How much may still wait at some workers, as the walk comes to lower and lower ranks."""

    def __init__(self, server: Server, takers: list[WorkerEnd]) -> None:
        self._limits = {
            end: (limit(server, end.pool, named=False), limit(server, end.pool, named=True)) for end in takers
        }
        self._rank: Rank | None = None
        self.for_any = True  # whether anybody may have what names no pool

    def open(self, takers: list[WorkerEnd], rank: Rank) -> list[WorkerEnd]:
        """Those that may have anything of this rank, and so of lower ones."""
        if rank == self._rank:
            return takers
        self._rank = rank
        found = [end for end in takers if self.most(end, rank, named=True) > 0]
        self.for_any = any(self.most(end, rank, named=False) > 0 for end in found)
        return found

    def most(self, end: WorkerEnd, rank: Rank, *, named: bool) -> int:
        """So many of this rank."""
        return self._limits[end][named] - end.before(rank)

    def changed(self) -> None:
        """Somebody was given something."""
        self._rank = None


def _fits(end: WorkerEnd, one: _One) -> bool:
    """Whether the worker can hold it at all; a retry's memory grows no further than there is."""
    mem = min(max([one.needs.mem, *(one.odd or ())]), end.mem)
    return end.total.holds(replace(one.needs, mem=mem)) > 0
