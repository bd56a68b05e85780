"""What the pools can ever hold, and the sentence for what is more than that."""

from __future__ import annotations

import os
from collections.abc import Iterator
from math import inf
from typing import NamedTuple

from ..base.errors import UsageError
from ..base.text import format_duration, format_size
from ..model.job import Needs
from ..model.pool import ANY, LOCAL
from .grounds import may_see
from .state import Server, machine_cpus


class NotYet(Exception):
    """Nobody knows yet, for the first worker has not said what it has: the question is asked again."""


class Lack(NamedTuple):
    """What a task needs and its pool has not, and what to do then."""

    needs: str
    has: str
    advice: str


def refuse_impossible(
    server: Server, needs: Needs, pool: str, *, time: float | None = None, rooted: bool = False
) -> None:
    """Raise UsageError for what no worker of the pools it may go to can ever hold; NotYet before that is known.

    `time`: seconds that a worker must still have. `rooted`: it only goes where the files here are.
    Raises NotFound for a pool that does not exist.
    """
    pools = server.pools.meant(ANY if pool == ANY else server.pools.need(pool))
    if rooted:
        pools = [name for name in pools if may_see(server, name)]
    lacks = {name: [*lacking(server, name, needs), *_too_short(server, name, time)] for name in pools}
    fits = {name for name, found in lacks.items() if not found}
    if fits == {LOCAL} and needs.gpus and server.gpus_unknown():
        raise NotYet
    if not fits:
        raise UsageError(_sentence({name: found[0] for name, found in lacks.items()}))


def lacking(server: Server, pool: str, needs: Needs) -> Iterator[Lack]:
    """What a pool has not enough of, paused or away or not, as far as that is known."""
    cpus, mem, gpus = total(server, pool)
    if cpus is not None and needs.cpus > cpus:
        yield Lack(f"{needs.cpus} cpus", f"{cpus}", f"ask for at most {cpus}")
    if mem is not None and needs.mem > mem:
        yield Lack(f"{format_size(needs.mem)} of memory", format_size(mem), "ask for less")
    if gpus is not None and needs.gpus > gpus:
        yield _lack(pool, needs.gpus, name="gpus", there=gpus, option=f"--gpus {needs.gpus}")
    counters = server.pools.counters(pool)
    for name, number in needs.counters:
        if number > counters.get(name, 0):
            yield _lack(pool, number, name=name, there=counters.get(name, 0), option=f"--counter {name}={number}")


def _too_short(server: Server, pool: str, time: float | None) -> Iterator[Lack]:
    """A walltime that is set; what only workers have said may be another one the next time."""
    said = server.pools.value(pool, "time")
    if said is not None and time and time > float(str(said)):
        ways = f"ask for less, say the least that it needs (--time-min), or: burro pool set {pool} --time T"
        yield Lack(f"{format_duration(time)} of time", f"allocations of {format_duration(float(str(said)))}", ways)


def total(server: Server, pool: str) -> tuple[int | None, int | None, int | None]:
    """The cpus, bytes of memory and gpus of a pool's largest worker; None for what is not known."""
    if server.pools.is_direct(pool):
        return None, None, None  # its scheduler says
    ends = server.crew.in_pool(pool)
    facts = server.pools.facts(pool) if pool != LOCAL and not ends else {}
    cpus = max((end.found for end in ends), default=facts.get("cpus"))
    mem = max((end.found_mem for end in ends), default=facts.get("mem"))
    gpus = facts.get("gpus")
    if pool == LOCAL:
        cpus = machine_cpus() if cpus is None else cpus
        mem = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if mem is None else mem
        gpus = None if server.gpus_unknown(within=inf) else server.found_gpus or ()
    elif ends:
        gpus = max((end.found_gpus for end in ends), key=len)
    pools = server.pools
    return (
        pools.number(pool, "cpus") or cpus,
        pools.number(pool, "mem") if mem is None else pools.mem(pool, mem),
        None if gpus is None and pools.value(pool, "gpus") is None else len(pools.gpus(pool, tuple(gpus or ()))),
    )


def _lack(pool: str, number: int, *, name: str, there: int, option: str) -> Lack:
    what = "gpu" if name == "gpus" and number == 1 else name
    way = f"ask for at most {there}, or declare more" if there else "declare what there is"
    return Lack(f"{number} {what}", f"{there or 'none'}", f"{way}: burro pool set {pool} {option}")


def _sentence(lacks: dict[str, Lack]) -> str:
    if len(lacks) == 1:
        ((pool, lack),) = lacks.items()
        return f"it needs {lack.needs} and the pool {pool} has {lack.has}; {lack.advice}"
    listed = ", ".join(f"{pool} has {lack.has} ({lack.needs} needed)" for pool, lack in lacks.items())
    return f"no pool can hold it: {listed}; ask for less, or add a pool that can"
