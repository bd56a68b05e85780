"""Which job made this? The records of a history that touched a file, newest first."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..base.errors import NotFound
from .dataset import Dataset
from .git import Git
from .passed_up import subdataset_of, touching
from .record import PART, Record
from .recorded import BRANCHES, records

_ASIDE = (f"--glob={BRANCHES}/*", "--date-order")  # the latter: what is of the same second is told before its parents


@dataclass(frozen=True)
class Origin:
    """A commit and its record, and the branch of its own that it lies on: `burro/12`; empty where it is in line.

    `subdataset`: where that is whose commit it is; empty for the repository's own.
    """

    commit: str
    record: Record
    branch: str = ""
    subdataset: str = ""


def origins(dataset: Dataset, paths: Sequence[str], *, branches: bool = False) -> Iterator[Origin]:
    """Records that touched one of the paths; of all, where none is named. Raises NotFound for a path without any.

    `branches`: also those that `finish` has put on branches of their own.
    """
    wanted = [dataset.normal(path) for path in paths]
    below = [path for path in wanted if subdataset_of(dataset, path)]
    own = [f":(top,literal){path}" for path in wanted if path not in below]
    behind = ["--", *own] if own else []
    names = _branches(dataset.git) if branches else {}
    found = False
    if own or not below:
        for commit, record in records(dataset.git, ["HEAD", *(_ASIDE if names else ()), *behind]):
            found = True
            yield Origin(commit, record, names.get(commit, ""))
    for path in below:
        for commit, record, place in touching(dataset, path):
            found = True
            yield Origin(commit, record, subdataset=place)
    if not found:
        aside = not branches and next(records(dataset.git, [*_ASIDE, *behind]), None)
        step = "one on a branch of its own does; add --branches" if aside else "see: git log"
        raise NotFound(f"no record tells how {' or '.join(paths) or 'anything here'} was made; {step}")


def _branches(git: Git) -> dict[str, str]:
    """By the commits that they lead to."""
    said = git.run("for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", f"{BRANCHES}/")
    return dict(line.split(" ", 1) for line in os.fsdecode(said).splitlines())


def told(origin: Origin) -> dict[str, object]:
    """As JSON."""
    record = origin.record
    attempts = record.ours.get("attempts")
    return {
        "commit": origin.commit,
        "branch": origin.branch or None,
        "subdataset": origin.subdataset or None,
        "within": record.ours.get(PART),
        "kind": record.kind,
        "job": record.name or None,
        "message": record.message,
        "cmd": record.command,
        "pwd": record.directory,
        "inputs": list(record.inputs),
        "outputs": list(record.outputs),
        "logs": list(record.logs),
        "exit": record.fields.get("exit"),
        "chain": list(record.chain),
        "attempts": attempts if isinstance(attempts, list) else [],
        "base": record.ours.get("base"),
        "pool": record.ours.get("pool"),
        "scheduler_id": record.ours.get("scheduler_id"),
    }
