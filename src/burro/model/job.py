"""What a job is: the frozen values that pass between the floors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .dependency import Dependency
from .retry import NEVER, Policy


@dataclass(frozen=True)
class Needs:
    """What one task asks of a worker's room."""

    cpus: int = 1
    mem: int = 0  # bytes
    gpus: int = 0
    counters: tuple[tuple[str, int], ...] = ()  # name and how many, by name

    @property
    def plain(self) -> dict[str, Any]:
        """As a spec has it."""
        return {"cpus": self.cpus, "mem": self.mem, "gpus": self.gpus, "counters": dict(self.counters)}


def needs_from(row: Mapping[str, Any]) -> Needs:
    """What a task of a job needs, of the job's row."""
    return Needs(row["cpus"], row["mem"], row["gpus"], counters_from(row["counters"]))


def counters_from(text: str | None) -> tuple[tuple[str, int], ...]:
    """The counters of a job as its row has them: JSON, or null."""
    return tuple(sorted(json.loads(text).items())) if text else ()


@dataclass(frozen=True)
class NewJob:
    """A submission that was found good. `spec` is what a worker must know, free of the environment's values."""

    name: str
    command: str  # one line for people
    needs: Needs
    priority: int
    pool: str
    hold: bool
    key: str | None
    digest: str  # of everything but the environment: the same key must come with the same digest
    indices: Sequence[int]
    single: bool
    spec: Mapping[str, Any]
    env: Mapping[str, str]
    lines: Sequence[str] | None = None
    depends: tuple[Dependency, ...] = ()
    begin: float | None = None  # seconds since 1970: not before
    most: int | None = None  # tasks at a time
    time_min: float | None = None  # seconds that a worker must still have: as was said, else the time limit
    max_fails: int | None = None
    retry: Policy = NEVER
    notes: Sequence[str] = field(default_factory=tuple)
