"""Commits in a straight line, and HEAD that moves to the last of them if nobody moved it meanwhile."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Iterator, Sequence

from ..base import failpoint
from ..base.errors import Failed
from .ended import Ended, Result, Settings
from .git import Entry, Git
from .index import Index, ordered
from .planning import Plan, told
from .stream import SCRATCH, Planned, Signed, Stream

_TRIES = 20  # times that HEAD may move while commits are written


def write(git: Git, plans: list[Plan], settings: Settings, *, stream: Stream) -> Iterator[Result]:
    """The commits of all these jobs, in order."""
    inline = [plan for plan in plans if plan.ended.succeeded or settings.failed != "commit"]
    commits = planned_commits(git, inline)
    shas = in_line(git, commits, stream=stream)
    for plan, sha in zip(inline, shas, strict=True):
        yield Result(plan.name, "ok", f"{plan.name} {told(plan.ended)}", sha, notes=tuple(plan.notes))


def planned_commits(git: Git, plans: Sequence[Plan]) -> list[Planned]:
    """Messages, changes and dates."""
    author, committer = (_signed(git, who) for who in ("AUTHOR", "COMMITTER"))
    return [
        Planned(plan.message, ordered(plan.changes), Signed(author.who, _end_of(plan.ended) or author.when), committer)
        for plan in plans
    ]


def in_line(git: Git, commits: list[Planned], *, stream: Stream) -> list[str]:
    """Put the commits on top of HEAD, and into the index; their hashes. Raises Failed where HEAD never keeps still."""
    if not commits:
        stream.end()
        return []
    changes: dict[str, Entry] = {}
    for commit in commits:
        changes |= commit.changes
    for _ in range(_TRIES):
        head = git.commit_of("HEAD")
        shas = _streamed(stream, commits, head)
        failpoint.hit("finish.after_commits")
        if _moved(git, shas[-1], head, changes, count=len(commits)):
            git.tried("update-ref", "-d", SCRATCH)
            return shas
        stream = Stream(git)  # the contents are there; only the commits are written again
    raise Failed(f"HEAD of {git.root} moves all the time; finish again when that has ended")


def _streamed(stream: Stream, commits: list[Planned], head: str | None) -> list[str]:
    last = head
    stream.reset(SCRATCH)
    for commit in commits:
        last = f":{stream.commit(commit, parents=[last] if last else [])}"
    return stream.end()


def _moved(git: Git, to: str, was: str | None, changes: dict[str, Entry], *, count: int) -> bool:
    with Index(git) as index:
        index.put(ordered(changes))
        failpoint.hit("finish.after_index")
        why = f"burro finish: {count} {'job' if count == 1 else 'jobs'}"
        moved = git.move("HEAD", to=to, was=was, why=why)
        failpoint.hit("finish.after_move")
        return moved


def _signed(git: Git, who: str) -> Signed:
    name, seconds, zone = os.fsdecode(git.run("var", f"GIT_{who}_IDENT")).strip().rsplit(" ", 2)
    return Signed(name, f"{seconds} {zone}")


def _end_of(ended: Ended) -> str | None:
    """When its last attempt ended, as git writes dates; None where that is not known."""
    if not ended.attempts or not ended.attempts[-1].start:
        return None
    try:
        begin = datetime.datetime.fromisoformat(ended.attempts[-1].start)
    except ValueError:
        return None
    zone = re.sub("[^-+0-9]", "", begin.strftime("%z")) or "+0000"
    return f"{int(begin.timestamp() + (ended.attempts[-1].seconds or 0))} {zone[:5]}"
