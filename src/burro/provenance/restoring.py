"""What git-annex had in the place of outputs comes back where their job failed and could not see to it itself."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress

from ..base import failpoint
from ..model.footprint import ancestors, is_pattern, stem
from ..model.states import DONE
from .declared import Claim, claim_of
from .ended import Settings
from .git import LINK, Git, terminated
from .open_records import Row, span_of
from .planning import dataset_of
from .subdatasets import Subdatasets

_NAMED = 3


def restored(
    git: Git, over: Sequence[Row], settings: Settings, paths: Callable[[Row], Sequence[str]]
) -> dict[str, list[str]]:
    """Remarks by job. Where jobs failed locked files are back, and what was left in their place is aside.

    Unless that is to be committed. `paths`: the outputs of a job, from the root.
    """
    failed = [row for row in over if row["state"] != DONE]
    below = Subdatasets(git.root)
    for there, some in below.divided(git, [path for row in failed for path in paths(row)]):
        put_back(there, some)
    remarks: dict[str, list[str]] = {}
    for row in failed:
        for there, some in below.divided(git, paths(row)):
            if settings.failed in {"commit", "inline"}:
                bring_out(there, last_attempt(row))
            else:
                remarks.setdefault(row["id"], []).extend(set_aside(there, row, some, seen_from=git.root))
    for row in over:
        if row["state"] == DONE and _shares(row):
            _bring_back(row, [there for there, _ in below.divided(git, paths(row))])
    if failed and settings.failed == "keep" and dataset_of(git):
        remarks.setdefault(failed[-1]["id"], []).extend(_untracked(git, failed, paths, below))
    return remarks


def _untracked(git: Git, failed: Sequence[Row], paths: Callable[[Row], Sequence[str]], below: Subdatasets) -> list[str]:
    """That DataLad will stumble over what failed jobs have said and left, if it will."""
    told = (one[name] for row in failed for one in row.get("attempts") or () for name in ("stdout", "stderr"))
    logs = {os.path.relpath(os.path.realpath(path), git.root) for path in told if path}
    places = sorted(
        {path for path in logs if not path.startswith("../")} | {stem(one) for row in failed for one in paths(row)}
    )
    standing = [path for path in places if os.path.lexists(os.path.join(git.root, path))]
    left = [
        _seen(there, path, git.root) for there, some in below.divided(git, standing) for path in there.untracked(some)
    ]
    if not left:
        return []
    what = "them" if len(left) > 1 else "it"
    how = "inline" if any(map(below.home, left)) else "commit"
    which = f"{left[0]} and {len(left) - 1:,} more stay" if len(left) > 1 else f"{left[0]} stays"
    return [f"{which} untracked, which datalad run and rerun refuse; delete {what}, or finish with --failed={how}"]


def put_back(git: Git, paths: Iterable[str]) -> None:
    """The links at and below paths or patterns from the root are as the repository has them, where nothing is there.

    A task that was killed has not put back what was taken out of its way.
    """
    gone = [path for path in _links(git, paths) if not os.path.lexists(os.path.join(git.root, path))]
    if gone:
        git.tried("checkout-index", "-q", "-z", "--stdin", given=terminated(gone))


def _links(git: Git, paths: Iterable[str]) -> list[str]:
    """What is a link at and below these paths or patterns, as far as git knows."""
    wanted = set(paths)
    patterns = [path for path in wanted if is_pattern(path)]
    claims = [claim_of(path) for path in patterns]
    known = git.indexed([*wanted, *{stem(path) for path in patterns}])
    return [path for path, (mode, _) in known.items() if mode == LINK and _is_meant(path, wanted, claims)]


def _is_meant(path: str, plain: set[str], claims: Iterable[Claim]) -> bool:
    return not plain.isdisjoint(ancestors(path)) or any(claim.covers(path) for claim in claims)


def set_aside(git: Git, row: Row, paths: Sequence[str], *, seen_from: str) -> list[str]:
    """A sentence about what a failed job left in the place of locked files, or none: they are back, and that is aside.

    Its task does this itself, and where it was killed meanwhile its note tells us (worker/leftovers.py). Of an
    array whose tasks share its outputs, `paths`, none of them could. `seen_from`: the directory that names are from.
    """
    shared = paths if _shares(row) else ()
    name = last_attempt(row)
    note = os.path.join(git.directory, "burro", "left", f"{name}.begun")
    aside = os.path.join(git.directory, "burro", "aside", name)
    for path, link in _read(note).items():
        inside = os.path.relpath(path, git.root)
        if link and not inside.startswith("../") and is_left(path, row):
            move_to(path, os.path.join(aside, inside))
            failpoint.hit("aside.in_finish")
            os.symlink(link, path)
    for inside in _links(git, shared) if shared else ():
        path = os.path.join(git.root, inside)
        if is_left(path, row):
            move_to(path, os.path.join(aside, inside))
            failpoint.hit("aside.in_finish")
    if shared:
        put_back(git, shared)
    found = [_seen(git, os.path.relpath(path, aside), seen_from) for path in _files(aside)]
    if not found:
        return []
    shown = ", ".join(found[:_NAMED]) + (", ..." if len(found) > _NAMED else "")
    return [f"what it left in the place of {shown} is in {os.path.relpath(aside, seen_from)}"]


def _seen(git: Git, path: str, directory: str) -> str:
    return os.path.relpath(os.path.join(git.root, path), directory)


def move_to(path: str, target: str) -> None:
    """In directories that are made where they are not there."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.move(path, target)


def is_left(path: str, row: Row) -> bool:
    """Whether what is there is a file that changed last while its attempts ran."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    span = span_of([row])
    return span is not None and stat.S_ISREG(found.st_mode) and span[0] <= found.st_ctime <= span[1]


def _shares(row: Row) -> bool:
    """Whether it is an array whose tasks have their outputs in common."""
    return row["task"] is None and (row["asked"].get("options") or {}).get("array") is not None


def _bring_back(row: Row, repositories: Iterable[Git]) -> None:
    """What its good tasks had made, and a `finish` set aside while others had failed; the newest first."""
    last = int(last_attempt(row).rpartition(".")[2])
    for git in repositories:
        for number in range(last, 0, -1):
            bring_out(git, f"{row['id']}.{number}")


def bring_out(git: Git, attempt: str) -> None:
    """What an attempt left in the place of locked files is where it left it: it is to be committed."""
    aside = os.path.join(git.directory, "burro", "aside", attempt)
    paths = {os.path.relpath(path, aside): path for path in _files(aside)}
    known = git.indexed(paths) if paths else {}
    for inside, path in paths.items():
        place = os.path.join(git.root, inside)
        if os.path.islink(place):
            as_known = known.get(inside) == (LINK, git.name_of(os.fsencode(os.readlink(place))))
        else:
            as_known = not os.path.lexists(place)
        if as_known:
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with suppress(FileNotFoundError):
                os.unlink(place)
            failpoint.hit("aside.back_in_finish")
            shutil.move(path, place)


def last_attempt(row: Row) -> str:
    """After which what a job left is called: `12.1`."""
    numbers = [one["number"] for one in row.get("attempts") or ()]
    return f"{row['id']}.{max(numbers, default=0)}"


def _read(note: str) -> dict[str, str | None]:
    try:
        with open(note, encoding="ascii") as file:
            found: dict[str, str | None] = json.load(file)
    except (OSError, ValueError):
        return {}
    return found


def _files(directory: str) -> Iterator[str]:
    for place, _, names in os.walk(directory):
        yield from (os.path.join(place, name) for name in names)
