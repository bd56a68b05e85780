"""Inputs that are others now than when their job was scheduled: which of the two it read nobody can tell."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from ..model.footprint import ancestors, meet
from .dataset import Dataset
from .git import Git, slices
from .placeholders import paths_of

_AT_ONCE = 500  # paths on one command line
_DIFF = ("diff", "--name-only", "-z", "--no-renames", "--ignore-submodules=dirty")
Row = Mapping[str, Any]
Place = tuple[str, str]  # a directory, and a path from there


def changed_inputs(dataset: Dataset, rows: Sequence[Row]) -> dict[str, tuple[str, ...]]:
    """Them by the job: those that git has otherwise, and those that were edited since. git is asked once for all."""
    asked = {(row["asked"]["pwd"], path) for row in rows for path in _states(row)}
    by_directory: dict[str, list[str]] = {}
    for directory, path in asked:
        by_directory.setdefault(directory, []).append(path)
    now = {pwd: replace(dataset, pwd=pwd).states(paths) for pwd, paths in by_directory.items()}
    edited = _edited(dataset, by_directory)
    found = {}
    for row in rows:
        pwd, before = row["asked"]["pwd"], _states(row)
        others = [path for path, state in before.items() if now[pwd].get(path) != state]
        others += [
            path for path in before if (pwd, path) in edited and path not in others and not _own(dataset, row, path)
        ]
        if others:
            found[row["id"]] = tuple(others)
    return found


def strange_inputs(dataset: Dataset, rows: Sequence[Row], read: Sequence[Sequence[str]]) -> list[str]:
    """Inputs of jobs that git does not have as they are: edited, or never added; a job's own outputs are left out."""
    inside = [[path for path in paths if not dataset.place(path).startswith("..")] for paths in read]
    edited = {path for _, path in _edited(dataset, {dataset.pwd: list(dict.fromkeys(chain(*inside)))})}
    found = {
        path: None
        for row, paths in zip(rows, inside, strict=True)
        for path in paths
        if (path in edited or path not in _states(row)) and not _own(dataset, row, path)
    }
    return [
        path
        for path in found
        if any(os.path.lexists(os.path.join(dataset.here, one)) for one in dataset.expanded([path]))
    ]


def _states(row: Row) -> dict[str, str]:
    found: dict[str, str] = row["asked"].get("states") or {}
    return found


def _edited(dataset: Dataset, by_directory: Mapping[str, Sequence[str]]) -> set[Place]:
    """Those whose files are not as git has them."""
    places = {
        (pwd, path): [there.entry_of(one) for one in there.expanded([path])]
        for pwd, paths in by_directory.items()
        for there in [replace(dataset, pwd=pwd)]
        for path in paths
    }
    by_home: dict[str, dict[str, None]] = {}
    for home, path in chain.from_iterable(places.values()):
        by_home.setdefault(home, {})[path] = None
    above = {
        (home, place)
        for home, wanted in by_home.items()
        for path in _differing(dataset.repository(home), wanted)
        for place in ancestors(path)
    }
    return {place for place, several in places.items() if not above.isdisjoint(several)}


def _differing(git: Git, paths: Iterable[str]) -> Iterable[str]:
    inside = [path for path in paths if path != ".." and not path.startswith("../")]
    for some in slices(inside, _AT_ONCE):
        done = git.tried("--literal-pathspecs", *_DIFF, "--", *some)
        yield from os.fsdecode(done.stdout).split("\0")[:-1]


def _own(dataset: Dataset, row: Row, path: str) -> bool:
    """The job writes it itself."""
    asked, there = row["asked"], replace(dataset, pwd=row["asked"]["pwd"])
    outputs = paths_of(asked["outputs"], root=dataset.root, pwd=asked["pwd"], indexed=True)
    return any(meet(there.place(path), there.place(output)) for output in outputs)
