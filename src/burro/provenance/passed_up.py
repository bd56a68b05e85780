"""Records of files in subdatasets: what a command scheduled above has made is told by the commit that is there."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator

from .dataset import Dataset
from .git import MODULE, Git
from .record import Record
from .recorded import record_at, records

_MOVES = ("-c", "log.showSignature=false", "log", "--raw", "--no-abbrev", "--no-renames", "--format=%H", "HEAD", "--")


def subdataset_of(dataset: Dataset, path: str) -> str:
    """Where the subdataset is that a path in normal form lies in; empty where that is this repository's own."""
    home = dataset.subdatasets.home(path)
    return dataset.subdatasets.above(home) if home == path else home


def touching(dataset: Dataset, path: str) -> Iterator[tuple[str, Record, str]]:
    """The commits with a record that touched a path in normal form, newest first.

    And where the subdataset is whose commit that is; empty for this repository's own.
    """
    place = subdataset_of(dataset, path)
    if not place:
        for commit, record in records(dataset.git, ["HEAD", "--", f":(top,literal){path}"]):
            yield commit, record, ""
        return
    chain = ["", *dataset.subdatasets.chain(place)]
    repositories = [dataset.repository(os.path.join(dataset.root, one).rstrip("/")) for one in chain]
    moves = [
        _moves(above, posixpath.relpath(inner, outer or "."))
        for above, outer, inner in zip(repositories, chain, chain[1:], strict=False)
    ]
    inside = posixpath.relpath(path, place)
    for commit, record in records(repositories[-1], ["HEAD", "--", f":(top,literal){inside}"]):
        name = commit
        for above in reversed(moves):
            name = above.get(name, "")
        told = record_at(dataset.git, name) if name else None
        yield (name, told, "") if told and _is_same(told, record) else (commit, record, place)


def _moves(git: Git, place: str) -> dict[str, str]:
    """By each commit that a subdataset was brought to the first commit that did so."""
    found, commit = {}, ""
    for line in os.fsdecode(git.tried(*_MOVES, f":(top,literal){place}").stdout).splitlines():
        facts = line.split(None, 4)
        if line.startswith(":") and facts[1] == MODULE:
            found[facts[3]] = commit
        elif facts and not line.startswith(":"):
            commit = line
    return found


def _is_same(one: Record, other: Record) -> bool:
    """Both tell of the same run of a command."""
    return (one.command, one.name, one.ours.get("submitted")) == (
        other.command,
        other.name,
        other.ours.get("submitted"),
    )
