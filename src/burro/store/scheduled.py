"""Scheduled jobs: what they have reserved, and which of their records are not written yet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ..model.footprint import WHOLE, Footprint, from_store, is_pattern, reservable, stem, stored
from ..model.repositories import repositories
from ..model.spans import placed
from ..model.states import STATES, job_state
from .db import Database, Row

OPEN, FINISHED, DROPPED = "open", "finished", "dropped"


class Part(NamedTuple):
    """What has a record of its own: a job, or one task of it; `idx` is WHOLE for a job as such."""

    job: int
    idx: int = WHOLE


class Said(NamedTuple):
    """What was said of a job when it was scheduled."""

    dataset: str
    asked: dict[str, Any]
    apart: bool


class Open(NamedTuple):
    """A part whose record is not written. `id`: `12`, or `12.3`; `name` is that of its job."""

    part: Part
    id: str
    name: str
    state: str
    dataset: str
    asked: dict[str, Any]


def add(db: Database, job: int, footprint: Footprint, *, indices: Sequence[int], logs: Iterable[str]) -> None:
    """Reserve what a new job writes; `logs` too. Whether others have it was looked at before."""
    dataset = stored(footprint.dataset)
    asked = json.dumps(dict(footprint.asked))
    db.run("add_scheduled", {"job": job, "dataset": dataset, "asked": asked, "apart": footprint.apart})
    parts = list(indices) if footprint.apart else [WHOLE]
    db.run_many("add_record", ((job, idx) for idx in parts))
    for idx in parts:
        paths = footprint.of_task(idx) if footprint.apart else footprint.writes
        db.run_many("add_reservation", _rows(footprint, reservable(paths), job, idx))
    db.run_many("add_reservation", _rows(footprint, list(logs), job, parts[0]))


def _rows(footprint: Footprint, paths: Sequence[str], job: int, idx: int) -> Iterator[Row]:
    for one in repositories(footprint, paths):
        dataset = stored(one.root)
        yield from (_row(dataset, path, job, idx) for path in one.paths)


def _row(dataset: str, path: str, job: int, idx: int) -> Row:
    whole = stored(path)
    return (dataset, stem(whole), whole if is_pattern(whole) else "", job, idx, *placed(whole))


def reserve(db: Database, dataset: str, part: Part, path: str) -> None:
    """One path more, whose name was not known when its job was scheduled."""
    names = ("dataset", "path", "pattern", "job", "idx", "place", "tail")
    db.run("reserve_more", dict(zip(names, _row(stored(dataset), path, *part), strict=True)))


def free(db: Database, part: Part, state: str, made: str | None = None) -> bool:
    """A record is written (`finished`, in the commit `made`) or never will be (`dropped`); False: it was so before."""
    rows = db.run("free_record", {**part._asdict(), "state": state, "made": made})
    db.run("free_reservation", part._asdict())
    return bool(rows)


def said(db: Database, job: int) -> Said | None:
    """What was said of a job; None where it was not scheduled but submitted."""
    for dataset, asked, apart in db.run("scheduled_of", {"job": job}):
        return Said(from_store(dataset), json.loads(asked), bool(apart))
    return None


def repository(db: Database, job: int) -> str | None:
    """The root of the repository that a job was scheduled in; None where it was submitted."""
    for (dataset,) in db.run("repository_of", {"job": job}):
        return from_store(dataset)
    return None


def records(db: Database, job: int) -> list[tuple[Part, str, str | None]]:
    """The parts of a job, the state of the record of each, and its commit."""
    return [(Part(job, idx), state, made) for idx, state, made in db.run("records_of", {"job": job})]


def open_parts(db: Database, dataset: str | None, *, behind: Part, most: int) -> list[Open]:
    """Parts whose records are not written, in the order of their jobs, from behind one of them."""
    where = {"dataset": None if dataset is None else stored(dataset), "most": most}
    return [_opened(*row) for row in db.run("open_records", {**where, **behind._asdict()})]


def _opened(job: int, idx: int, *row: Any) -> Open:  # noqa: ANN401  # columns of SQLite's
    dataset, asked, name, single, state, *counts = row
    state = state or job_state(dict(zip(STATES, counts, strict=True)))
    shown = str(job) if idx == WHOLE or single else f"{job}.{idx}"
    return Open(Part(job, idx), shown, name, state, from_store(dataset), json.loads(asked))


def is_open(db: Database, job: int) -> bool:
    """Whether some record of a job is still to be written."""
    return bool(db.run("has_open_record", {"job": job})[0][0])


def task_state(db: Database, part: Part) -> str:
    """Where one task stands."""
    return str(db.run("task_state", part._asdict())[0][0])


def recordable(db: Database) -> dict[str, tuple[int, ...]]:
    """Which records could be written now, by dataset: how many, and numbers that tell them from others."""
    return {from_store(dataset): tuple(map(int, which)) for dataset, *which in db.run("recordable")}
