"""What a failed attempt left whose outputs lie in several repositories: each has its notes of what lies in it.

For whoever schedules something in one of them looks there only.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from .leftovers import Leftovers, repository_of
from .matching import trunk

TYPE_CHECKING = False  # `typing` takes as long to import as half of the rest, and this starts with tasks
if TYPE_CHECKING:
    from .leftovers import Repository


class Scattered(Leftovers):
    """Of one attempt, as what it left in each repository."""

    def __init__(self, paths: Iterable[str], name: str) -> None:
        """`paths` are relative to this directory."""
        by_home: dict[Repository, list[str]] = {}
        for path in paths:
            inside = path if os.path.isdir(path) and not os.path.islink(path) else trunk(path)
            by_home.setdefault(repository_of(inside or "."), []).append(path)
        self._several = {home[0]: Leftovers(some, name, home) for home, some in by_home.items()}

    def begin(self) -> None:
        """As above."""
        for one in self._several.values():
            one.begin()

    def hold(self, taken: Mapping[str, str]) -> None:
        """As above."""
        for root, one in self._several.items():
            one.hold(
                {path: target for path, target in taken.items() if repository_of(os.path.dirname(path))[0] == root}
            )

    @contextmanager
    def in_turn(self) -> Iterator[None]:
        """Its outputs are its own."""
        yield

    def done(self) -> None:
        """As above."""
        for one in self._several.values():
            one.done()

    def note(self) -> None:
        """As above."""
        for one in self._several.values():
            one.note()
