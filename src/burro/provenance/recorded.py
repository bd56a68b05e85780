"""Which jobs the repository has records of already: what makes finishing twice the same as finishing once."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence

from ..base.errors import Failed
from .ended import Ended
from .git import Git
from .record import Record, read

BRANCHES = "refs/heads/burro"  # where commits lie that are not in line

_LOG = ("-c", "log.showSignature=false", "-c", "i18n.logOutputEncoding=utf-8", "log")
_FORMAT = "--format=%H%x00%B%x00"


def recorded(git: Git, ended: Sequence[Ended]) -> dict[str, str]:
    """The commits of those jobs that have one: name -> hash."""
    return dict(_of(git, ended, _range(git, ended), scheduled=False))


def announced(git: Git, ended: Sequence[Ended]) -> dict[str, str]:
    """The commits that tell, in the style `pair`, that these jobs were scheduled: name -> hash."""
    return dict(_of(git, ended, ["HEAD"], scheduled=True))


def _of(git: Git, ended: Sequence[Ended], span: Iterable[str], *, scheduled: bool) -> Iterator[tuple[str, str]]:
    wanted = {(job.name, job.submitted): job.name for job in ended}
    for commit, record in records(git, span):
        name = wanted.get((str(record.ours.get("job", "")), str(record.ours.get("submitted", ""))))
        if name and bool(record.ours.get("scheduled")) == scheduled:
            yield name, commit


def records(git: Git, span: Iterable[str]) -> Iterator[tuple[str, Record]]:
    """The records in a range of git's, newest commit first; those that cannot be read are left out."""
    said = git.tried(*_LOG, "-F", "--grep=[DATALAD ", _FORMAT, *span).stdout
    pieces = os.fsdecode(said).split("\0")
    for commit, message in zip(pieces[0::2], pieces[1::2], strict=False):
        try:
            record = record_of(git, commit.strip(), message)
        except Failed:
            continue
        if record:
            yield commit.strip(), record


def record_of(git: Git, commit: str, message: str) -> Record | None:
    """The record of a commit, wherever its message says that it is."""

    def sidecar(path: str) -> bytes | None:
        done = git.tried("cat-file", "blob", f"{commit}:{path}")
        return done.stdout if done.returncode == 0 else None

    return read(message, sidecar=sidecar)


def record_at(git: Git, commit: str) -> Record | None:
    """That of a commit of which only the hash is known; None where it has none."""
    return record_of(git, commit, os.fsdecode(git.run("log", "-1", "--format=%B", commit)))


def _range(git: Git, ended: Sequence[Ended]) -> list[str]:
    """Commits since the oldest of these jobs was scheduled; all, where that is not known."""
    tips = [*(["HEAD"] if git.commit_of("HEAD") else []), f"--glob={BRANCHES}/*"]
    base = oldest(git, {job.base for job in ended})
    return [*tips, f"^{base}"] if base else tips


def oldest(git: Git, bases: Collection[str]) -> str:
    """The commit that lies before all of these; empty where that is not known."""
    if "" in bases or not all(git.commit_of(base) for base in bases):
        return ""
    done = git.tried("merge-base", "--octopus", *bases)
    return done.stdout.decode().strip()
