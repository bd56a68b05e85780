"""Files that came into the repository while jobs ran, and that nobody declared: they are told, and left alone.

A remark, so it costs one question to git for a whole finish, and is not made where that would take its time.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from ..base.text import counted
from ..model.footprint import meet
from .git import Git
from .open_records import Row, span_of
from .subdatasets import Subdatasets

_LARGEST = 4 << 20  # bytes of git's index: some 40,000 files
_MOST = 200_000  # comparisons of a new file with something declared
_NAMED = 3
_LOG = re.compile(r"(.*/)?(burro|slurm|slurm-job)-\d+[^/]*(/[^/]*)?")


def undeclared(git: Git, rows: Sequence[Row], claims: Iterable[str], others: Callable[[], Iterator[str]]) -> list[str]:
    """A sentence about files that are as new as these jobs, or none. `claims`: what these declared, from the root.

    `others`: what jobs that are not finished declared; asked for only where it matters.
    """
    span, below = span_of(rows), Subdatasets(git.root)
    if span is None:
        return []
    found = []
    divided: Iterable[tuple[Git, Iterable[str]]] = below.divided(git, claims) if below.any else [(git, claims)]
    for there, some in divided:
        new = _new(there, span)
        new = _unclaimed(new, list(some)) if new else []
        if new:
            new = _unclaimed(new, _in(there, below.divided(git, others())))
        found += [os.path.relpath(os.path.join(there.root, path), git.root) for path in new]
    if not found:
        return []
    names = ", ".join(found[:_NAMED]) + (", ..." if len(found) > _NAMED else "")
    return [f"{counted(len(found), 'file')} that nobody declared came meanwhile: {names}; declare such with -o"]


def _in(git: Git, divided: Iterable[tuple[Git, list[str]]]) -> list[str]:
    return next((paths for there, paths in divided if there.root == git.root), [])


def _new(git: Git, span: tuple[float, float]) -> list[str]:
    if _is_large(git):
        return []
    return [path for path in _untracked(git) if _is_within(os.path.join(git.root, path), span)]


def _is_large(git: Git) -> bool:
    try:
        return os.path.getsize(os.path.join(git.directory, "index")) > _LARGEST
    except OSError:
        return True


def _untracked(git: Git) -> list[str]:
    """Files, and directories as such where nothing in them is git's; logs of jobs are left out."""
    said = git.tried("ls-files", "-o", "-z", "--exclude-standard", "--directory", "--no-empty-directory", plain=True)
    paths = (path.rstrip("/") for path in os.fsdecode(said.stdout).split("\0") if path)
    return [path for path in paths if not _LOG.fullmatch(path)]


def _is_within(path: str, span: tuple[float, float]) -> bool:
    try:
        return span[0] <= os.lstat(path).st_mtime <= span[1]
    except OSError:
        return False


def _unclaimed(found: list[str], claims: Sequence[str]) -> list[str]:
    """Without what these stand for; none, where they would be too many to compare."""
    if len(found) * len(claims) > _MOST:
        return []
    return [path for path in found if not any(meet(path, claim) for claim in claims)]
