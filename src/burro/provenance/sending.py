"""Jobs for a machine that does not have the repository: their inputs go there when they are scheduled."""

from __future__ import annotations

import glob
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..base.errors import Failed, UsageError
from ..base.text import parse_indices
from ..model.digest import digest
from ..model.footprint import is_pattern
from ..model.pool import ANY, LOCAL
from ..pools import machine
from .brought import place_of, refresh
from .dataset import Dataset
from .declared import Tree
from .placeholders import INDEX
from .reach import Reach, Row
from .wish import Wish

_NAMED = 3  # paths in a sentence


def there(path: str) -> str:
    """A directory at another machine; what the shell here has made of `~` is the home there."""
    if not path or path == "~":
        return path
    home = os.path.expanduser("~")
    return path.replace(home, "~", 1) if (path + "/").startswith(home + "/") else path


def placed(dataset: Dataset, wishes: Sequence[Wish], reach: Reach) -> tuple[list[Wish], dict[str, Row]]:
    """The wishes, those for machines without the repository with how they run there; and the pools of these.

    Raises UsageError for a machine of which nobody knows yet what it has.
    """
    named = {str(wish.options.get("pool") or ANY) for wish in wishes} - {ANY, LOCAL}
    rows = reach.pools() if named else {}
    far = {pool: row for pool, row in rows.items() if pool in named and _is_far(row)}
    if any(wish.alternative and wish.options.get("pool") in far for wish in wishes):
        raise UsageError("a job has a directory of its own at a machine without the repository; leave --alt-dir out")
    return [_placed(dataset, wish, reach, far=wish.options.get("pool") in far) for wish in wishes], far


def _placed(dataset: Dataset, wish: Wish, reach: Reach, *, far: bool) -> Wish:
    if far:
        return replace(wish, away={"clone": wish.stay} if wish.stay else {"inputs": place_of(dataset, reach)})
    if wish.stay:
        raise UsageError(
            f"--stay {wish.stay} is a clone at a machine by ssh without the repository; name its pool: -p POOL"
        )
    return wish


def _is_far(row: Row) -> bool:
    if row.get("kind") != "ssh" or row.get("shared"):
        return False
    if not row.get("home"):
        raise UsageError(f"nobody knows yet whether {row['pool']} has the repository; wait until it is up: burro pools")
    return True


def send(dataset: Dataset, jobs: Sequence[Mapping[str, Any]], rows: Mapping[str, Row], reach: Reach) -> None:
    """Bring what they read to the machines, all for one machine together. Raises UsageError, Failed."""
    _note_states(dataset, [job for job in jobs if (job["provenance"]["away"] or {}).get("clone")])
    by_pool: dict[str, list[Mapping[str, Any]]] = {}
    for job in jobs:
        if (job["provenance"]["away"] or {}).get("inputs"):
            by_pool.setdefault(str(job["options"]["pool"]), []).append(job)
    for pool, some in by_pool.items():
        paths = dict.fromkeys(path for job in some for path in _read_by(dataset, job, pool))
        if paths:
            refresh(dataset, list(paths), rows[pool], reach)
            _copy(dataset, list(paths), rows[pool], reach)


def _note_states(dataset: Dataset, jobs: Sequence[Mapping[str, Any]]) -> None:
    """What git has of the inputs of jobs that run in a clone, where it has to have the same."""
    read = [[path for path in job["provenance"]["reads"] if INDEX not in path] for job in jobs]
    known = dataset.git.indexed({path for paths in read for path in paths}) if any(read) else {}
    tree = Tree(known)
    for job, paths in zip(jobs, read, strict=True):
        lines = {f"{' '.join(known[found])} {found}" for path in paths for found in tree.at(path)}
        state = {"paths": paths, "digest": digest(lines)} if lines else {"paths": [], "digest": ""}
        job["provenance"]["away"] |= {"state": state}


def _read_by(dataset: Dataset, job: Mapping[str, Any], pool: str) -> Iterator[str]:
    """What one job reads or changes in place, relative to the root. Raises UsageError for what cannot be brought."""
    made = job["provenance"]
    if made["outside"]:
        shown = ", ".join(made["outside"][:_NAMED])
        raise UsageError(
            f"{shown} lies outside of the repository, and only what is in it is brought to {pool}; move it in"
        )
    for path in _indexed(made["reads"], job):
        found = [path] if _is_literal(dataset, path) else glob.glob(path, root_dir=dataset.root, recursive=True)
        if not found or not os.path.lexists(os.path.join(dataset.root, found[0])):
            raise UsageError(
                f"the input {path} is not there, and {pool} gets inputs when jobs are scheduled; schedule it when it is"
            )
        yield from found
    if made["overwrite"] == "unlock":
        made["reads"] = [*made["reads"], *made["writes"]]
        here = (path for path in _indexed(made["writes"], job) if _is_literal(dataset, path))
        yield from (path for path in here if os.path.isdir(os.path.dirname(os.path.join(dataset.root, path))))


def _is_literal(dataset: Dataset, path: str) -> bool:
    """Whether it stands for itself: it is no pattern, or there is a file of that name."""
    return not is_pattern(path) or os.path.lexists(os.path.join(dataset.root, path))


def _indexed(paths: Iterable[str], job: Mapping[str, Any]) -> Iterator[str]:
    array = job["options"].get("array")
    for path in paths:
        if array is None or INDEX not in path:
            yield path
        else:
            indices = parse_indices(str(array).partition("%")[0])
            yield from (path.replace(INDEX, str(index)) for index in indices)


def _copy(dataset: Dataset, paths: Sequence[str], row: Row, reach: Reach) -> None:
    """Contents in place of git-annex's links; nobody may write them there, for tasks share them."""
    place, said = place_of(dataset, reach), list[str]()
    with tempfile.NamedTemporaryFile() as listed:
        listed.write(b"".join(os.fsencode(path) + b"\0" for path in paths))
        listed.flush()
        begin = f"--rsync-path=mkdir -p {machine.quoted(place)} && rsync"
        options = [
            "-r",
            "-L",
            "--no-o",
            "--no-g",
            "--from0",
            f"--files-from={listed.name}",
            "--chmod=F-w",
            "--delete-missing-args",
            begin,
        ]
        target = machine.far_path(row["host"], f"{place}/")
        command = machine.rsync([*options, "--exclude=.git"], [f"{dataset.root}/"], target)
        code = machine.copy(command, said.append, env=reach.environment(row))
    if code:
        why = next((line for line in said if line.strip()), f"rsync ended with {code}")
        raise Failed(f"the inputs could not be brought to {row['host']}: {why}")
