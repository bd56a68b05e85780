"""Paths that belong to several repositories: the one something is scheduled in, and those below it in which they lie.

Each of them is told of a path under the name that it has there, so that whoever schedules something in one of them
meets whoever does in another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .footprint import ROOT, Footprint, ancestors, stem


class Repository(NamedTuple):
    """One of them, and some paths under the names that they have there. `place`: where it lies in the footprint's."""

    place: str
    root: str
    paths: Sequence[str]

    def seen_from_above(self, path: str) -> str:
        """What one of its paths is called where it was scheduled."""
        if self.place == ROOT:
            return path
        return self.place if path == ROOT else f"{self.place}/{path}"


def repositories(footprint: Footprint, paths: Sequence[str]) -> Iterator[Repository]:
    """That of the footprint with all paths, and those below it with what lies in them."""
    yield Repository(ROOT, footprint.dataset, paths)
    if not footprint.below:
        return
    found: dict[str, list[str]] = {}
    for path in paths:
        for above in footprint.below.keys() & ancestors(stem(path)):
            found.setdefault(above, []).append(path[len(above) + 1 :] or ROOT)
    for above, inside in found.items():
        yield Repository(above, f"{footprint.dataset.rstrip('/')}/{footprint.below[above]}", inside)
