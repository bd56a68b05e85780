"""Selectors: how people name jobs and tasks on a command line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..base.errors import UsageError
from ..base.text import parse_indices

_NUMBERS = re.compile(r"\d+(-\d+)?(,\d+(-\d+)?)*")
_TASKS = re.compile(r"(\d+)\.(\d[\d,:-]*)")


@dataclass(frozen=True)
class Selector:
    """One of: job numbers, tasks of one job, `last`, `all`, or a name."""

    text: str
    jobs: Sequence[int] = ()
    tasks: Sequence[int] | None = None  # indices within the one job
    name: str | None = None

    @property
    def is_all(self) -> bool:
        """Whether every job is meant."""
        return self.name == "all"

    @property
    def is_last(self) -> bool:
        """Whether the job submitted last is meant."""
        return self.name == "last"


def parse_selector(text: str) -> Selector:
    """`12`, `3-9`, `12.3`, `12.0-99`, `last`, `all`, or else a job's name. Raises UsageError for an empty one."""
    text = text.strip()
    if not text:
        raise UsageError("an id is empty; write 12, 12.3, 3-9, last, all or a job's name")
    tasks = _TASKS.fullmatch(text)
    if tasks:
        return Selector(text, jobs=(int(tasks[1]),), tasks=parse_indices(tasks[2]))
    if _NUMBERS.fullmatch(text):
        return Selector(text, jobs=_numbers(text))
    return Selector(text, name=text)


def _numbers(text: str) -> Sequence[int]:
    try:
        return parse_indices(text)
    except UsageError:
        raise UsageError(f"'{text}' names no jobs; write 12, 3-9 or 3,5-7, the smaller number first") from None
