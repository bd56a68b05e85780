"""What Python is told of records: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..api.values import value_of
from .ended import Result
from .open_records import Row, texts_of
from .origin import Origin, told


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What `finish` made of one job or task: `text` says it as a sentence, `notes` what is worth knowing besides.

    `status` is as DataLad has it: ok, notneeded, impossible, error. `open`: it is still to be finished.
    """

    id: str
    status: str
    text: str
    commit: str | None = None
    branch: str | None = None
    notes: tuple[str, ...] = ()
    open: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing is left to do."""
        return not self.open and self.status != "error"


@dataclass(frozen=True, kw_only=True)
class OpenRecord:
    """A scheduled job, or a task of one, that is not recorded yet. `over`: it has ended and can be finished."""

    id: str
    job: int
    task: int | None = None
    name: str = ""
    state: str = ""
    over: bool = False
    dataset: str = ""
    command: str = ""
    message: str = ""
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LogRecord:
    """How something was made, from the history of a repository. Paths are relative to `directory`, that to the root.

    `kind` is run, slurm, schedule, reschedule or finish: who wrote the record; `chain` the commits that it repeats;
    `branch` the one of its own that the commit lies on, where it is not in line; `subdataset` the one whose commit it
    is, where it is not the repository's; `within` where the repository lies in the one that its paths are relative to.
    """

    commit: str
    kind: str
    command: str
    job: str | None = None
    message: str = ""
    directory: str = "."
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    exit: int | None = None
    chain: tuple[str, ...] = ()
    attempts: tuple[Mapping[str, Any], ...] = field(default=())
    base: str | None = None
    pool: str | None = None
    scheduler_id: str | None = None
    branch: str | None = None
    subdataset: str | None = None
    within: str | None = None


def recorded(result: Result) -> Recorded:
    """What became of one record."""
    return value_of(Recorded, vars(result), id=result.job, text=result.message, open=not result.closed)


def open_record(row: Row) -> OpenRecord:
    """One that waits."""
    told_of = texts_of(row)
    lists = {name: tuple(told_of[name]) for name in ("inputs", "outputs")}
    return value_of(OpenRecord, row, command=told_of["cmd"], message=told_of["message"], **lists)


def log_record(origin: Origin) -> LogRecord:
    """One of the history."""
    shown = told(origin)
    lists = {name: tuple(value) for name, value in shown.items() if isinstance(value, list)}
    return value_of(LogRecord, shown, command=shown["cmd"], directory=shown["pwd"], **lists)
