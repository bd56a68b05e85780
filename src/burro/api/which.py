"""How a script names jobs: a Job, a number, a text as people type it, or a value that tells of one; one or several."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from ..base.errors import UsageError
from .job import Job
from .records import TaskRecord
from .values import JobSummary, Result

Which: TypeAlias = Job | JobSummary | Result | TaskRecord | int | str
Jobs: TypeAlias = Which | Iterable[Which]
_TELLING = (Job, JobSummary, Result, TaskRecord)


def ids_of(jobs: Jobs) -> list[str]:
    """The selectors that these stand for (docs/protocol.md); a text is one, and no list of letters. Raises UsageError.

    >>> ids_of("12.0-9"), ids_of(range(3, 5)), ids_of(["train", 7])
    (['12.0-9'], ['3', '4'], ['train', '7'])
    """
    if isinstance(jobs, (int, str, bytes, *_TELLING)) or not isinstance(jobs, Iterable):
        return [id_of(jobs)]
    return [id_of(one) for one in jobs]


def id_of(job: object) -> str:
    """The selector of one. Raises UsageError for what names no job."""
    if isinstance(job, _TELLING):
        return str(job.id)
    if isinstance(job, str) or (isinstance(job, int) and not isinstance(job, bool)):
        return str(job)
    raise UsageError(f"{job!r} names no job; give a Job, a number, or a text as '12.3' or 'last'")


def texts(given: str | Iterable[str]) -> list[str]:
    """Several texts, or the one that was given."""
    return [given] if isinstance(given, str) else list(given)
