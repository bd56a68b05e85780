"""Which records are meant: jobs by their numbers, by a commit of theirs, or by the commit they were scheduled at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..base.errors import NotFound, UsageError
from ..model.scheduled import SLURM_JOB
from .dataset import Dataset
from .open_records import Ask, Row
from .recorded import record_at

JOB = re.compile(r"\d+(\.\d+)?")


def jobs_of(ask: Ask, dataset: Dataset, names: Sequence[str]) -> list[str]:
    """The ids that names stand for: of a commit that of the job which its record names. Raises UsageError."""
    return [name if JOB.fullmatch(name) else _of_commit(ask, dataset, name) for name in names]


def _of_commit(ask: Ask, dataset: Dataset, name: str) -> str:
    commit = dataset.git.commit_of(name)
    if commit is None:
        return name  # a job's name, a range: the queue knows
    record = record_at(dataset.git, commit)
    if record is not None and record.ours.get("job"):
        return record.name
    if record is not None and record.is_announcement:
        return _of_theirs(ask, dataset, name, record.name)
    raise UsageError(f"the commit {name} names no job of burro's; name a job, or a commit that burro finish made")


def _of_theirs(ask: Ask, dataset: Dataset, name: str, number: str) -> str:
    """The job that stands for one that datalad-slurm has scheduled, with a commit that tells so."""
    known = taken_over(ask, dataset, int(number or 0))
    if known is None:
        step = "take over what it has open: burro finish --import-slurm-db"
        raise UsageError(f"the commit {name} tells of Slurm's job {number}, which datalad-slurm has scheduled; {step}")
    return str(known["id"])


def scheduled_since(dataset: Dataset, rows: Iterable[Row], revision: str) -> list[Row]:
    """Those that were scheduled when HEAD was at a revision or behind it. Raises NotFound."""
    first = dataset.git.commit_of(revision)
    if first is None:
        raise NotFound(f"there is no commit {revision}; see: git log")
    behind = set(dataset.git.run("rev-list", "HEAD", f"^{first}").decode().split()) | {first}
    return [row for row in rows if row["asked"]["base"] in behind]


def of_slurm(ask: Ask, dataset: Dataset, number: str) -> str:
    """Our number of a job that Slurm, or else we, gave a number."""
    known = taken_over(ask, dataset, int(number)) if number.isdecimal() else None
    return str(known["id"]) if known else number


def taken_over(ask: Ask, dataset: Dataset, number: int) -> Row | None:
    """The record of a job of Slurm's that was taken over from datalad-slurm, also where it is written."""
    try:
        rows = ask("records", ids=[f"slurm-{number}"])["records"]
    except NotFound:
        return None
    return next((row for row in rows if row["dataset"] == dataset.root and row["asked"].get(SLURM_JOB) == number), None)
