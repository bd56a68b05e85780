"""Jobs: adding them, finding them by what people type, reading them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..base.errors import NotFound, UsageError
from ..model.job import NewJob
from ..model.select import Selector
from ..model.states import HELD, READY, WAITING
from .db import Database, Row

Columns = dict[str, Any]  # a row by its columns' names
LAST_INDEX = 2**62


@dataclass(frozen=True)
class Added:
    """What a submission became; `existed`: its key or its request was known already."""

    id: int
    tasks: int
    single: bool
    existed: bool = False


@dataclass(frozen=True)
class Span:
    """Tasks of one job, by a range of indices; `whole`: the job was meant as such."""

    job: int
    first: int = 0
    last: int = LAST_INDEX
    whole: bool = True

    @property
    def bounds(self) -> Columns:
        """As the statements want it."""
        return {"job": self.job, "first": self.first, "last": self.last}


def runs(indices: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Rising indices as ranges without a gap: (first, last) of each."""
    if isinstance(indices, range) and indices.step == 1:
        yield indices[0], indices[-1]
        return
    if not indices:
        return
    first = last = indices[0]
    for index in indices[1:]:
        if index != last + 1:
            yield first, last
            first = index
        last = index
    yield first, last


def spans(claims: Iterable[tuple[int, int, int]]) -> list[Span]:
    """The tasks of claims (job, index, token) in few spans: neighbours together."""
    by_job: dict[int, list[int]] = defaultdict(list)
    for job, idx, _ in claims:
        by_job[job].append(idx)
    return [
        Span(job, first, last, whole=False)
        for job, indices in by_job.items()
        for first, last in runs(sorted(set(indices)))
    ]


def add(
    db: Database, new: NewJob, *, env: str, request: str | None, now: float, waits: tuple[int, int] = (0, 0)
) -> Added:
    """Put a job in the queue, once per request and once per key; what it depends on is for `dependencies`.

    `waits`: how many dependencies on groups of tasks are open, and how many there are task by task.
    Raises UsageError where the key names another job.
    """
    known = _known(db, new, request)
    if known is not None:
        return known
    state = HELD if new.hold else WAITING if new.depends or new.begin is not None else READY
    count = len(new.indices)
    counts = (count if state == name else 0 for name in (HELD, WAITING, READY))
    ((job,),) = db.run("add_job", (*_columns(new), env, request, now, count, *counts, *waits))
    db.run("add_spec", (job, json.dumps(new.spec)))
    _add_tasks(db, job, new, state)
    return Added(job, count, new.single)


def _columns(new: NewJob) -> Row:
    """What a job's row says of what was asked: the first columns of sql/add_job.sql."""
    needs = new.needs
    return (
        new.name,
        json.dumps(new.command),
        new.priority,
        new.pool,
        needs.cpus,
        needs.mem,
        needs.gpus,
        json.dumps(dict(needs.counters)) if needs.counters else None,
        new.single,
        new.spec["user"],
        new.key,
        new.digest,
        new.time_min,
        new.most,
        new.begin,
        new.max_fails,
        None if new.retry.plain is None else json.dumps(new.retry.plain),
    )


def _known(db: Database, new: NewJob, request: str | None) -> Added | None:
    for job, _, tasks, single in db.run("find_request", {"request": request}) if request else ():
        return Added(job, tasks, bool(single), existed=True)
    for job, digest, tasks, single in db.run("find_key", {"key": new.key}) if new.key else ():
        if digest != new.digest:
            raise UsageError(f"the key '{new.key}' belongs to job {job}, which is another job; choose another key")
        return Added(job, tasks, bool(single), existed=True)
    return None


def _add_tasks(db: Database, job: int, new: NewJob, state: str) -> None:
    indices = new.indices
    if new.single:
        db.run("add_task", (job, 0, state))
    elif isinstance(indices, range):
        bounds = {"first": indices[0], "last": indices[-1], "step": indices.step}
        db.run("add_tasks_in_range", {"job": job, "state": state, **bounds})
    else:
        db.run_many("add_task", ((job, idx, state) for idx in indices))
    if new.lines is not None:
        db.run_many("add_line", ((job, idx, json.dumps(line)) for idx, line in enumerate(new.lines)))


def find(db: Database, selectors: Iterable[Selector]) -> list[Span]:
    """The jobs and tasks that selectors name, each once, in the order named. Raises NotFound for one of none."""
    spans: dict[Span, None] = {}
    for selector in selectors:
        for span in _spans(db, selector):
            spans[span] = None
    return list(spans)


def _spans(db: Database, selector: Selector) -> list[Span]:
    if selector.is_all:
        return [Span(job) for (job,) in db.run("all_job_ids")]
    if selector.is_last:
        ((job,),) = db.run("last_job")
        found = [Span(job)] if job is not None else []
    elif selector.tasks is not None:
        return _task_spans(db, selector)
    elif selector.name is not None:
        found = [Span(job) for (job,) in db.run("jobs_named", {"name": selector.name})]
    else:
        found = _numbered(db, selector.jobs)
    if not found:
        raise NotFound(f"there is no job {selector.text}; see: burro status --all")
    return found


def _numbered(db: Database, numbers: Sequence[int]) -> list[Span]:
    found = {job for (job,) in db.run("jobs_between", {"first": numbers[0], "last": numbers[-1]})}
    missing = [] if len(numbers) > len(found) and len(numbers) > 1000 else [n for n in numbers if n not in found]
    if missing:
        raise NotFound(f"there is no job {missing[0]}; see: burro status --all")
    return [Span(job) for job in sorted(found & set(numbers))]


def _task_spans(db: Database, selector: Selector) -> list[Span]:
    job, indices = selector.jobs[0], selector.tasks or ()
    found = list(runs(indices))
    for first, last in found:
        ((there,),) = db.run("indices_between", {"job": job, "first": first, "last": last})
        if there == 0 or (len(indices) == 1 and there != 1):
            raise NotFound(f"there is no task {selector.text}; see: burro show {job}")
    return [Span(job, first, last, whole=False) for first, last in found]


def row(db: Database, job: int) -> Columns:
    """One job's row, its command and spec decoded. Raises NotFound."""
    rows = db.dicts("job_row", {"id": job})
    if not rows:
        raise NotFound(f"there is no job {job}; see: burro status --all")
    return decoded(rows[0])


def decoded(columns: Columns) -> Columns:
    """A job's row with its JSON columns read."""
    return {**columns, "command": json.loads(columns["command"]), "spec": json.loads(columns["spec"])}


def spec(db: Database, job: int) -> tuple[Columns, str, int]:
    """What a worker must know of a job, the digest of its environment, and its priority."""
    ((text, env, priority),) = db.run("job_spec", {"id": job})
    return json.loads(text), env, priority


def task_name(db: Database, job: int, idx: int) -> str:
    """`12` of a single job, `12.3` of an array."""
    ((single,),) = db.run("is_single", {"id": job})
    return str(job) if single else f"{job}.{idx}"


def line(db: Database, job: int, idx: int) -> str | None:
    """The command of one task of a job made from lines."""
    for (text,) in db.run("line_of", {"job": job, "idx": idx}):
        return str(json.loads(text))
    return None
