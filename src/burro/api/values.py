"""What the queue tells: frozen values, made from the server's answers. Times are datetimes with zone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, TypeVar

Value = TypeVar("Value")
_TIMES = frozenset(("submitted", "started", "ended", "since", "at", "again", "asked", "ends"))


@dataclass(frozen=True, kw_only=True)
class Result:
    """How one task ended.

    `state` is done, failed, cancelled or skipped; `outcome` says how the last attempt ended: exited, signalled,
    timeout, memory, not-started, lost, cancelled. `stdout` and `stderr` are paths, None where there is no file.
    """

    id: str
    state: str
    outcome: str | None = None
    exit_code: int | None = None
    signal: int | None = None
    stdout: str | None = None
    stderr: str | None = None
    reason: str | None = None
    far: Callable[[str], bytes] | None = field(default=None, repr=False, compare=False)  # reads what lies elsewhere

    @property
    def ok(self) -> bool:
        """Whether it is `done`."""
        return self.state == "done"

    @property
    def job(self) -> int:
        """The number of its job."""
        return int(self.id.partition(".")[0])

    @property
    def index(self) -> int:
        """Its index in the job; 0 for a single task."""
        return int(self.id.partition(".")[2] or 0)

    def output(self, *, err: bool = False) -> str:
        """What it wrote on standard output (`err`: error), bytes that are no UTF-8 replaced; empty without a file."""
        path = self.stderr if err else self.stdout
        if path is None:
            return ""
        if self.far is not None:
            return self.far("stderr" if err else "stdout").decode("utf-8", "replace")
        with open(path, encoding="utf-8", errors="replace", newline="") as file:
            return file.read()


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many tasks are in each state."""

    tasks: int = 0
    held: int = 0
    waiting: int = 0
    ready: int = 0
    claimed: int = 0
    running: int = 0
    done: int = 0
    failed: int = 0
    cancelled: int = 0
    skipped: int = 0

    @property
    def ended(self) -> int:
        """How many have a final state."""
        return self.done + self.failed + self.cancelled + self.skipped


@dataclass(frozen=True, kw_only=True)
class Change:
    """What `cancel`, `hold`, `release`, `retry` or `signal` did to one job: `text` says it as a sentence.

    `changed` tasks have the new state, `asked` run and are being stopped or got the signal, `final` had ended,
    `other` do not allow it; `away` of those asked are at a machine that hears of it when it is back.
    """

    id: str
    job: int = 0
    changed: int = 0
    asked: int = 0
    final: int = 0
    other: int = 0
    away: int = 0
    state: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Edited:
    """What `set` did to one job: `text` says it as a sentence.

    `changed` has the old and the new value by name; `tasks` says for how many; `late` names what could not be changed.
    """

    id: str
    job: int = 0
    changed: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    tasks: int = 0
    late: Sequence[str] = ()
    state: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class JobSummary:
    """A job as `burro status` lists it; `tasks` counts by state, `reason` says why it waits."""

    id: int
    name: str
    state: str
    tasks: Mapping[str, int]
    command: str
    pool: str | None = None
    submitted: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    elapsed: float | None = None
    reason: str | None = None
    priority: int = 0
    cpus: int = 1
    mem: int | None = None
    gpus: int = 0
    user: str | None = None


@dataclass(frozen=True, kw_only=True)
class WorkerSummary:
    """A worker: what it has and what of it is free. Memory in bytes."""

    name: str
    pool: str
    host: str
    pid: int | None = None
    state: str = ""
    cpus: int = 0
    cpus_free: int = 0
    mem: int | None = None
    mem_free: int | None = None
    gpus: Sequence[str] = ()
    gpus_free: int = 0
    running: int = 0
    claimed: int = 0
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Status:
    """The queue at a glance."""

    jobs: tuple[JobSummary, ...]
    workers: tuple[WorkerSummary, ...]


def value_of(kind: type[Value], answer: Mapping[str, Any], **made: object) -> Value:
    """The value that a part of an answer stands for; fields that this version does not know are left out."""
    known = {one.name for one in fields(kind)}  # type: ignore[arg-type] # every kind here is a dataclass
    given = {name: _time(name, value) for name, value in answer.items() if name in known}
    return kind(**{**given, **made})


def _time(name: str, value: object) -> object:
    return datetime.fromisoformat(value) if name in _TIMES and isinstance(value, str) else value
