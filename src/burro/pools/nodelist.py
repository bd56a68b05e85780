"""Names of nodes as Slurm writes them: `gpu[01-03,7]x[1-2],login1`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from ..base.errors import UsageError

_NONE = {"", "(null)", "None assigned", "None", "N/A", "n/a"}
_PIECE = re.compile(r"([^,\[\]]+)|\[([0-9,-]+)\]|(,)")
_RANGE = re.compile(r"(\d+)(?:-(\d+))?")
MOST = 100_000


def expand(text: str) -> tuple[str, ...]:
    """All names, in the order in which they stand there. Raises UsageError for what is no such list."""
    text = text.strip()
    if text in _NONE:
        return ()
    names = [name for parts in _words(text) for name in _names(parts, text)]
    return tuple(names)


def _words(text: str) -> Iterator[list[list[str]]]:
    """For each word the choices of each of its parts."""
    parts: list[list[str]] = []
    place = 0
    while place < len(text):
        found = _PIECE.match(text, place)
        if found is None:
            raise UsageError(f"'{text}' is no list of nodes")
        place = found.end()
        if found[3]:
            yield parts
            parts = []
        else:
            parts.append([found[1]] if found[1] else list(_numbers(found[2], text)))
    yield parts


def _numbers(text: str, whole: str) -> Iterator[str]:
    for part in text.split(","):
        found = _RANGE.fullmatch(part)
        if found is None:
            raise UsageError(f"'{whole}' is no list of nodes: '{part}' is no number")
        first, last = int(found[1]), int(found[2] or found[1])
        if not 0 <= last - first < MOST:
            raise UsageError(f"'{whole}' is no list of nodes: '{part}' is no range")
        yield from (f"{number:0{len(found[1])}}" for number in range(first, last + 1))


def _names(parts: list[list[str]], text: str) -> Iterator[str]:
    if not parts:
        raise UsageError(f"'{text}' is no list of nodes: there is a comma too many")
    count = 1
    for choices in parts:
        count *= len(choices)
    if count > MOST:
        raise UsageError(f"'{text}' is more than {MOST:,} nodes")
    yield from map("".join, itertools.product(*parts))
