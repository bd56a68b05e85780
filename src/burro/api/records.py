"""Everything about a job or a task, as `show` and `task` tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .values import JobSummary, value_of


@dataclass(frozen=True, kw_only=True)
class AttemptRecord:
    """One try at a task. `max_rss` in bytes, `cpu_time` in seconds."""

    number: int
    outcome: str | None = None
    exit_code: int | None = None
    signal: int | None = None
    host: str | None = None
    pool: str | None = None
    worker: str | None = None
    scheduler_id: str | None = None
    started: datetime | None = None
    ended: datetime | None = None
    max_rss: int | None = None
    cpu_time: float | None = None
    stdout: str | None = None
    stderr: str | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class TaskRecord:
    """Everything about one task.

    `mem` and `time_limit` where retries gave it others than its job has; `again` is when it is tried again.
    """

    id: str
    state: str
    reason: str | None = None
    command: str | None = None
    mem: int | None = None
    time_limit: float | None = None
    tries: int = 0
    lost: int = 0
    again: datetime | None = None
    attempts: tuple[AttemptRecord, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where tasks of a job could run, what they wait for there, or why they cannot."""

    pool: str
    worker: str | None = None
    fits: bool = False
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Dependency:
    """What a job waits for: `state` is open, met or broken, `now` what became of the other job."""

    kind: str
    on: str
    job: int | None = None
    state: str = ""
    now: str | None = None


@dataclass(frozen=True, kw_only=True)
class Dependent:
    """A job that waits for this one."""

    job: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class JobRecord(JobSummary):
    """Everything about one job: `spec` is what was asked, `records` its tasks."""

    spec: Mapping[str, Any]
    records: tuple[TaskRecord, ...] = ()
    places: tuple[Place, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    dependents: tuple[Dependent, ...] = ()


def task_record(answer: Mapping[str, Any]) -> TaskRecord:
    """A task with its attempts."""
    attempts = tuple(value_of(AttemptRecord, attempt) for attempt in answer.get("attempts") or ())
    return value_of(TaskRecord, answer, attempts=attempts)


def job_record(answer: Mapping[str, Any], counts: Mapping[str, int]) -> JobRecord:
    """A job with its tasks; `counts` of all of them, by state."""
    records = tuple(task_record(task) for task in answer.get("tasks") or ())
    around = {
        name: tuple(value_of(kind, row) for row in answer.get(name) or ())
        for name, kind in (("places", Place), ("dependencies", Dependency), ("dependents", Dependent))
    }
    return value_of(JobRecord, answer, tasks=counts, records=records, **around)
