"""What the queue tells of its past, its pools and itself: frozen values, as in `values`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .values import WorkerSummary


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened. `seq` orders events and never repeats; `job` is None where it is of no job."""

    seq: int
    at: datetime
    what: str
    detail: str = ""
    job: int | None = None


@dataclass(frozen=True, kw_only=True)
class HistoryRecord:
    """One attempt with what it used of what it asked for; `number` is None of a task that ended without any.

    `elapsed` and `cpu_time` in seconds, `mem` (asked for) and `max_rss` in bytes.
    """

    id: str
    job: int
    name: str
    state: str
    number: int | None = None
    outcome: str | None = None
    exit_code: int | None = None
    signal: int | None = None
    pool: str | None = None
    host: str | None = None
    worker: str | None = None
    submitted: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    elapsed: float | None = None
    cpus: int = 1
    gpus: int = 0
    cpu_time: float | None = None
    cpu_percent: float | None = None
    mem: int | None = None
    max_rss: int | None = None
    mem_percent: float | None = None
    command: str = ""
    reason: str | None = None
    user: str = ""


@dataclass(frozen=True, kw_only=True)
class Counter:
    """How many a pool has of something, and how many what runs there holds."""

    total: int
    used: int = 0


@dataclass(frozen=True, kw_only=True)
class PoolSummary:
    """A place that supplies workers. `error` is what went wrong last, `trouble_at` when; memory in bytes.

    `entries` has what is declared of a pool elsewhere (root, env, lease, ...), `sources` where values come from.
    Of a scheduler's pool: `nodes` that it has, `allocations` in a sentence, `allocated` in numbers, `left_out`: nodes
    that are not asked for, and why; `busy_last_hour`: cores that tasks had, on average.
    """

    pool: str
    kind: str = "local"
    host: str | None = None
    state: str = ""
    error: str | None = None
    trouble_at: datetime | None = None
    workers: int = 0
    cpus: int = 0
    cpus_used: int = 0
    mem: int = 0
    gpus: Sequence[str] = ()
    gpus_used: int = 0
    counters: Mapping[str, Counter] = field(default_factory=dict)
    policy: str = ""
    paused: bool = False
    running: int = 0
    waiting: int = 0
    sources: Mapping[str, str] = field(default_factory=dict)
    nodes: Sequence[str] = ()
    allocations: str = ""
    allocated: Mapping[str, Any] = field(default_factory=dict)
    left_out: Sequence[Mapping[str, Any]] = ()
    busy_last_hour: float | None = None
    entries: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PoolChange:
    """What was done to a pool: `text` says it, `changed` has old and new by name, `trouble` why it is not up."""

    pool: str
    state: str = ""
    text: str = ""
    changed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    trouble: str | None = None


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A job that `clean` was asked to forget and did not, and why."""

    job: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """What `clean` has forgotten: numbers of jobs, how many tasks; the bytes of the store before and after."""

    jobs: tuple[int, ...] = ()
    tasks: int = 0
    kept: tuple[Kept, ...] = ()
    before: int = 0
    after: int = 0


@dataclass(frozen=True, kw_only=True)
class Up:
    """The server that stays up: its process, and the cpus of this machine's worker now and before."""

    pid: int
    cpus: int
    before: int | None = None
    workers: tuple[WorkerSummary, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Down:
    """A server that was stopped: how many running tasks were ended, and what processes have not left yet.

    `was` is up, or down where there was none.
    """

    was: str
    ended: int = 0
    left: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at; `ok` is None where there is nothing to judge."""

    name: str
    ok: bool | None
    text: str


@dataclass(frozen=True, kw_only=True)
class Checkup:
    """How the queue is: the checks, and the last lines of its logs by name."""

    queue: str
    checks: tuple[Check, ...] = ()
    logs: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return all(check.ok is not False for check in self.checks)
