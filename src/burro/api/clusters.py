"""What the queue tells of nodes that a scheduler gives: frozen values, as in `values`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """What was asked of a scheduler. `id`: the scheduler's; `size`: nodes that were asked for.

    `held` and `used`: core-hours that it held, and that tasks had; `utilisation` the share. None: not known.
    """

    pool: str
    mark: str
    state: str
    id: str | None = None
    reason: str | None = None
    size: int = 1
    nodes: Sequence[str] = ()
    cpus: int | None = None
    asked: datetime | None = None
    started: datetime | None = None
    ends: datetime | None = None
    ended: datetime | None = None
    held: float | None = None
    used: float | None = None
    utilisation: float | None = None


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Cores of a pool that tasks have now and had over the last hour; of its allocations what `Allocation` has."""

    pool: str
    cpus: int = 0
    busy: int = 0
    busy_last_hour: float = 0.0
    held: float | None = None
    used: float | None = None
    utilisation: float | None = None


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """What would be handed over to get a worker: `script` goes to the standard input of `command`."""

    pool: str
    command: str = ""
    script: str = ""
    about: str = ""
