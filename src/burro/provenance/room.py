"""What a failed array left whose tasks shared their outputs: set aside before something else is to be written there.

None of its tasks can tell what it made. What came at its outputs while it ran, and git does not have, is the array's.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..base import failpoint
from ..model.footprint import meet, stem
from .dataset import Dataset
from .git import Git
from .open_records import Ask, Row, outputs_of
from .placeholders import INDEX
from .restoring import is_left, last_attempt, move_to
from .subdatasets import Subdatasets

_NAMED = 3
_AWAY = ("alternative", "stay")  # what such a job leaves is where it ran


def made_room(ask: Ask, dataset: Dataset, freed: Sequence[str], jobs: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A sentence on each array that is to lose its record to new jobs and has left something where they write."""
    writes = {path.replace(INDEX, "*") for job in jobs for path in job["provenance"]["writes"]}
    for row in ask("records", ids=list(freed), full=True)["records"]:
        if row["dataset"] == dataset.root and not any(row["asked"].get(name) for name in _AWAY):
            yield from _set_aside(dataset.git, row, writes)


def _set_aside(git: Git, row: Row, writes: Iterable[str]) -> Iterator[str]:
    outputs = outputs_of(git.root, row)
    places = [stem(path) for path in outputs]
    standing = [path for path in places if os.path.lexists(os.path.join(git.root, path))]
    for there, some in Subdatasets(git.root).divided(git, standing):
        aside = os.path.join(there.directory, "burro", "aside", last_attempt(row))
        moved = []
        for inside in there.untracked(some) if some else ():
            whole = os.path.join(there.root, inside)
            seen = os.path.relpath(whole, git.root)
            if is_left(whole, row) and _is_at(seen, outputs) and _is_at(seen, writes):
                move_to(whole, os.path.join(aside, inside))
                failpoint.hit("schedule.in_aside")
                moved.append(seen)
        if moved:
            named = ", ".join(moved[:_NAMED]) + (f" and {len(moved) - _NAMED:,} more" if len(moved) > _NAMED else "")
            yield f"what job {row['id']} left is in {os.path.relpath(aside, git.root)}: {named}"


def _is_at(path: str, places: Iterable[str]) -> bool:
    return any(meet(path, place) for place in places)
