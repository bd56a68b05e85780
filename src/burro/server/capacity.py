"""What the pools can ever hold, and the sentence for what is more than that."""

from __future__ import annotations

import os
from collections.abc import Iterator
from math import inf

from ..base.errors import UsageError
from ..base.text import format_size
from ..model.job import Needs
from ..pools.local import LOCAL
from .state import Server, machine_cpus


class NotYet(Exception):
    """Nobody knows yet, for the first worker has not said what it has: the question is asked again."""


def refuse_impossible(server: Server, needs: Needs) -> None:
    """Raise UsageError for what no worker can ever hold, with what there is; NotYet before that is known."""
    if needs.gpus and server.gpus_unknown():
        raise NotYet
    for sentence in impossible(server, needs):
        raise UsageError(sentence)


def impossible(server: Server, needs: Needs) -> Iterator[str]:
    """Sentences: which needs are more than the pool has, paused or not."""
    ends = [end for end in server.crew if end.pool == LOCAL]
    cpus = server.pools.value(LOCAL, "cpus") or max((end.found for end in ends), default=machine_cpus())
    mem = max((end.mem for end in ends), default=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    if isinstance(cpus, int) and needs.cpus > cpus:
        yield f"it needs {needs.cpus} cpus and the pool {LOCAL} has {cpus}; ask for at most {cpus}"
    if needs.mem > mem:
        yield f"it needs {format_size(needs.mem)} of memory and the pool {LOCAL} has {format_size(mem)}; ask for less"
    gpus = len(server.pools.gpus(LOCAL, server.found_gpus or ()))
    if needs.gpus > gpus and not server.gpus_unknown(within=inf):
        yield _lacks(needs.gpus, "gpus", gpus, f"--gpus {needs.gpus}")
    counters = server.pools.counters(LOCAL)
    for name, number in needs.counters:
        if number > counters.get(name, 0):
            yield _lacks(number, name, counters.get(name, 0), f"--counter {name}={number}")


def _lacks(number: int, name: str, there: int, option: str) -> str:
    what = "gpu" if name == "gpus" and number == 1 else name
    way = f"ask for at most {there}, or declare more" if there else "declare what there is"
    return (
        f"it needs {number} {what} and the pool {LOCAL} has {there or 'none'}; {way}: burro pool set {LOCAL} {option}"
    )
