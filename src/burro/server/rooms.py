"""Why ready tasks are not running: pool by pool and worker by worker, what they need beside what is free."""

from __future__ import annotations

from collections.abc import Iterator

from ..base.text import format_duration, format_size
from ..link.lines import Message
from ..model.job import Needs, needs_from
from ..model.pool import ANY
from ..model.states import CLAIMED, READY, RUNNING
from ..store.jobs import Columns
from . import desks, doubt, standing, toolong, unseen, walltimes
from .crew import WorkerEnd
from .grounds import is_rooted
from .state import Server

_TURN = "waits for its turn"


def why_not_running(server: Server, row: Columns, needs: Needs | None = None, *, alone: bool = False) -> str:
    """One sentence: what the ready tasks of a job wait for, in each pool that they may go to."""
    most = row["most"]
    if most is not None and row[CLAIMED] + row[RUNNING] >= most:
        return f"at most {most} of its tasks {'runs' if most == 1 else 'run'} at a time"
    needs = needs or needs_from(row)
    pools = server.pools.meant(row["pool"])
    found = {pool: _why_in(server, pool, row, needs, alone=alone) for pool in pools}
    if _TURN in found.values():
        return _TURN
    if len(found) == 1:
        return found[pools[0]]
    if not found:
        return f"there is no pool {row['pool']} any more; choose another with: burro set {row['id']} --pool any"
    return "; ".join(_of_pool(pool, text.partition("; ")[0]) for pool, text in found.items())


def _of_pool(pool: str, text: str) -> str:
    return text if f"the pool {pool} " in text else f"{pool}: {text}"


def _why_in(server: Server, pool: str, row: Columns, needs: Needs, *, alone: bool) -> str:
    blind = unseen.why(server, pool, row["id"])
    if blind is not None:
        return blind
    shut = standing.closed(server, pool)
    if shut is not None:
        return toolong.never(server, pool, row["time_min"]) or shut
    found = [_why(server, end, row, needs, alone=alone) for end in server.crew.in_pool(pool)]
    return next((text for text in found if text == _TURN), found[0])


def places(server: Server, row: Columns) -> list[Message]:
    """Where tasks of a job could run, and why not elsewhere."""
    needs, found = needs_from(row), []
    for end in server.crew:
        never = next(_never(server, end, row, needs), None)
        free = "there is room for it now" if row[READY] else "it may run there"
        text = never or next(_not_now(server, end, needs), free)
        found.append({"pool": end.pool, "worker": end.name, "fits": never is None, "text": text})
    for pool in server.pools.names:
        if not server.crew.in_pool(pool):
            other = row["pool"] not in (ANY, pool)
            text = f"it asked for the pool {row['pool']}" if other else standing.closed(server, pool) or ""
            found.append({"pool": pool, "worker": None, "fits": False, "text": text})
    return found


def _why(server: Server, end: WorkerEnd, row: Columns, needs: Needs, *, alone: bool) -> str:
    reasons = [*_never(server, end, row, needs), *_not_now(server, end, needs)]
    if not reasons and end.alone:
        return "waits: what runs now took its worker down twice and runs alone"
    if not reasons and alone and end.held:
        return "waits for a worker of its own: it took its worker down twice and runs alone"
    return reasons[0] if reasons else _TURN


def _never(server: Server, end: WorkerEnd, row: Columns, needs: Needs) -> Iterator[str]:
    """Why a worker cannot take it as things are set."""
    pool = end.pool
    if row["pool"] not in (ANY, pool):
        yield f"it asked for the pool {row['pool']}"
    shut = standing.closed(server, pool)
    if shut is not None:
        yield shut
    if row["pool"] == ANY and end.ground is not None and is_rooted(server, row["id"]):
        yield f"the machine of {pool} does not have its repository"
    if unseen.misses(server, end, row["id"]):
        yield f"the worker {end.name} does not see its repository"
    if row["pool"] == ANY and pool in doubt.doubted(server):
        yield f"the pool {pool} is passed over, {server.reached(pool).error}; try it: burro pool start {pool}"
    if end.places is None:
        yield from _too_little(end, needs)
    total = server.pools.counters(pool)
    for name, number in needs.counters:
        if number > total.get(name, 0):
            more = f"declare it: burro pool set {pool} --counter {name}={number}"
            yield f"it needs {number} {name} and the pool {pool} has {total.get(name, 0)}; {more}"
    yield from _no_time(server, end, row["time_min"], seen=server.pace.mean(row["id"]))


def _no_time(server: Server, end: WorkerEnd, need: float | None, *, seen: float | None) -> Iterator[str]:
    """What of its time is lacking."""
    stay = walltimes.stay(server, end)
    if stay.fits(need, seen):
        return
    if not stay.ever_fits(need):
        yield toolong.never(server, end.pool, need) or ""
    asked = f"it needs {format_duration(need)}" if need else "it says nothing of its time"
    if not need and stay.fits(None):
        asked = f"others of its job took {format_duration(seen or 0.0)}"
    yield f"{asked} and the worker has {format_duration(max(0.0, stay.left))} left"


def _too_little(end: WorkerEnd, needs: Needs) -> Iterator[str]:
    """What a worker has not enough of, even when all of it is free."""
    pool = end.pool
    if needs.cpus > end.cpus:
        more = f"more with: burro pool set {pool} --cpus {needs.cpus}"
        yield f"it needs {needs.cpus} cpus and the pool {pool} has {end.cpus} now; {more}"
    if needs.mem > end.mem:
        yield f"it needs {format_size(needs.mem)} of memory and the pool {pool} has {format_size(end.mem)}"
    if needs.gpus > len(end.gpus):
        yield f"it needs {_counted(needs.gpus, 'gpu')} and the pool {pool} has {len(end.gpus)}"


def _not_now(server: Server, end: WorkerEnd, needs: Needs) -> Iterator[str]:
    """What is not free now."""
    left = end.left
    if end.places is not None and left.cpus <= 0:
        yield desks.why_full(server, end)
    elif needs.cpus > left.cpus and end.places is None:
        yield f"waits for {_counted(needs.cpus, 'cpu')}: {_free(left.cpus, end.cpus)}"
    if needs.gpus > left.gpus:
        yield f"waits for {_counted(needs.gpus, 'gpu')}: {_free(left.gpus, len(end.gpus))}"
    if needs.mem > left.mem:
        free, total = format_size(max(0, left.mem)), format_size(end.mem)
        yield f"waits for {format_size(needs.mem)} of memory: {free} of {total} is free"
    if needs.counters:
        stock = server.pools.stocks(server.crew)[end.pool]
        for name, number in needs.counters:
            if number > stock.left.get(name, 0):
                what = name if number == 1 else f"{number} {name}"
                yield f"waits for {what}: {_free(stock.left.get(name, 0), stock.total.get(name, 0))}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _free(left: int, total: int) -> str:
    return f"{max(0, left)} of {total} {'is' if left <= 1 else 'are'} free"
