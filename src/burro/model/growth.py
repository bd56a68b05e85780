"""What is set for a pool whose nodes a scheduler gives, and how many nodes the waiting work can use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Union

from ..base.errors import UsageError
from ..base.text import parse_duration
from .job import Needs
from .room import Room

_HIGHEST = 2**31
_FOR_EVER = 10 * 365 * 86400.0

WORTH = 3600.0  # seconds of work that a node is asked for, where that is known; less in a shorter walltime

Setting = Union[int, float, str, list[str]]


def whole_number(name: str, value: object) -> int:
    """A whole number from 0. Raises UsageError."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _HIGHEST:
        raise UsageError(f"{name} takes a whole number from 0, not '{value}'")
    return value


def count(name: str, value: object) -> int:
    """A whole number from 1. Raises UsageError."""
    number = whole_number(name, value)
    if not number:
        raise UsageError(f"{name} must be at least 1")
    return number


def _idle(name: str, value: object) -> float:
    return _duration(name, value, least=1.0)


def _time(name: str, value: object) -> float:
    return _duration(name, value, least=60.0)


def _duration(name: str, value: object, *, least: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise UsageError(f"{name} takes a duration, as in 4h, not '{value}'")
    seconds = float(value) if isinstance(value, (int, float)) else parse_duration(value)
    if not least <= seconds < _FOR_EVER:
        raise UsageError(f"{name} must be at least {least:g} s, not '{value}'")
    return seconds


def _drain(name: str, value: object) -> float:
    return _duration(name, value, least=0.0)


def ahead(name: str, value: object) -> Union[int, float]:
    """So many tasks, a whole number; or so much work, a duration with its unit: then seconds, with a fraction."""
    is_count = isinstance(value, int) or (isinstance(value, str) and value.isdigit())
    return whole_number(name, value) if is_count else _duration(name, value, least=0.0)


def _options(name: str, value: object) -> list[str]:
    """As the scheduler's own command takes them; which those are, only that knows."""
    options = [value] if isinstance(value, str) else value
    if not isinstance(options, list) or not all(isinstance(one, str) and one.startswith("-") for one in options):
        raise UsageError(f'{name} is a list of the scheduler\'s options, as in {name} = ["--partition=normal"]')
    return options


GROWTH: Mapping[str, Callable[[str, Any], Setting]] = {
    "workers": whole_number,  # allocations that are asked for or run, at most
    "min": whole_number,  # so many also while nothing waits
    "backlog": count,  # so many wait at the scheduler at a time
    "max_per_hour": count,
    "nodes": count,  # of an allocation
    "time": _time,
    "idle": _idle,
    "drain": _drain,  # so long before the end nothing begins that does not say how long it takes
    "options": _options,
}


@dataclass(frozen=True)
class Work:
    """Ready tasks of one job. `need`: seconds that a worker must still have for one; `takes`: that one may run."""

    needs: Needs
    tasks: int
    need: float | None = None
    takes: float | None = None


def nodes_for(
    waiting: Iterable[Work], node: Room, *, most: int, spell: float = WORTH, stays: Sequence[float] = ()
) -> int:
    """How many nodes these tasks can use, up to `most`; fewer tasks than a node has room for still use one.

    Where it is known how long they take, each node is to have work for `spell` seconds, and what those do meanwhile
    that are there already (`stays`: the seconds that each has left) is no work for another one.
    """
    used = done = 0.0
    for work in waiting:
        fit = node.holds(work.needs)
        if not fit or work.tasks <= 0:
            continue
        nodes = work.tasks / fit
        if work.takes is not None:
            nodes *= min(1.0, work.takes / spell)
            there = sum(max(0.0, min(stay, spell) - work.takes) for stay in stays) / spell
            more = min(nodes, max(0.0, there - done))
            done, nodes = done + more, nodes - more
        used += nodes
        if used >= most:
            return most
    return ceil(round(used, 6))


def to_ask(*, wanted: int, live: int, coming: int, pending: int, limits: Mapping[str, int], last_hour: int) -> int:
    """How many allocations to ask for now.

    `wanted`: so many could be used beside those that have workers; `live`: asked for or running; `coming`: of these
    without a worker yet; `pending`: of these those that wait.
    """
    count = max(wanted - coming, limits.get("min", 0) - live)
    count = min(count, limits.get("workers", 1) - live)
    if "backlog" in limits:
        count = min(count, limits["backlog"] - pending)
    if "max_per_hour" in limits:
        count = min(count, limits["max_per_hour"] - last_hour)
    return max(0, count)
