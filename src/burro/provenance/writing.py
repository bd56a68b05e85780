"""Commits in a straight line or side by side, and HEAD that moves to the last if nobody moved it meanwhile."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Iterator, Sequence

from ..base import failpoint
from ..base.errors import Failed, UsageError
from .aside import branch_off, merged, together, why_in_line
from .composing import compose_announcement
from .ended import Ended, Result, Settings
from .git import Entry, Git
from .index import Index, ordered
from .planning import Plan, dataset_of, told
from .recorded import announced
from .signing import signed
from .stream import SCRATCH, Planned, Signed, Stream
from .underway import on_no_branch

_TRIES = 20  # times that HEAD may move while commits are written


def write(git: Git, plans: list[Plan], settings: Settings, *, stream: Stream) -> Iterator[Result]:
    """The commits of all these jobs: in line, on branches of their own, or side by side under one merge.

    The first ones of pairs are in line in any case, for they are where jobs get their hashes from.
    """
    aside = [plan for plan in plans if settings.failed == "commit" and not plan.ended.succeeded]
    inline = [plan for plan in plans if plan not in aside]
    before = announcements(git, [plan.ended for plan in plans], settings) if settings.style == "pair" else []
    if before and (settings.branches or settings.octopus or aside):
        on_head(git, before, stream=Stream(git))
        before = []
    if settings.branches and not settings.octopus:
        yield from branch_off(git, planned_commits(git, inline), inline, stream=stream)
    else:
        yield from _joined(git, inline, settings, before=before, stream=stream)
    if aside:
        yield from branch_off(git, planned_commits(git, aside), aside, stream=Stream(git))


def _joined(
    git: Git, plans: list[Plan], settings: Settings, *, before: list[Planned], stream: Stream
) -> Iterator[Result]:
    commits, merge = planned_commits(git, plans), None
    if settings.octopus and len(plans) > 1:
        why = why_in_line(git, plans)
        if why:
            plans[0].notes.append(f"it and the others are in line and not side by side, since {why}")
        merge = None if why else merged(plans, commits)
    shas = on_head(git, [*before, *commits], stream=stream, merge=merge)[len(before) :]
    if plans:
        plans[-1].notes += on_no_branch(git, shas[-1])
    for plan, sha in zip(plans, shas, strict=False):
        yield Result(plan.name, "ok", f"{plan.name} {told(plan.ended)}", sha, notes=tuple(plan.notes))


def announcements(git: Git, ended: Sequence[Ended], settings: Settings) -> list[Planned]:
    """The commits without files that come before those of a pair; none for jobs that have theirs."""
    there = announced(git, ended)
    author, committer = (_signed(git, who) for who in ("AUTHOR", "COMMITTER"))
    composed = [compose_announcement(job, settings, dataset=dataset_of(git)) for job in ended if job.name not in there]
    return [Planned(one.message, {}, author, committer) for one in composed]


def planned_commits(git: Git, plans: Sequence[Plan]) -> list[Planned]:
    """Messages, changes and dates."""
    author, committer = (_signed(git, who) for who in ("AUTHOR", "COMMITTER"))
    return [
        Planned(plan.message, ordered(plan.changes), Signed(author.who, _end_of(plan.ended) or author.when), committer)
        for plan in plans
    ]


def on_head(git: Git, commits: list[Planned], *, stream: Stream, merge: Planned | None = None) -> list[str]:
    """Put the commits on top of HEAD, and into the index; their hashes, that of the merge last.

    Raises Failed where HEAD never keeps still.
    """
    if not commits:
        stream.end()
        return []
    changes = together(commits)
    for _ in range(_TRIES):
        head = git.commit_of("HEAD")
        shas = _streamed(stream, commits, head, merge)
        if git.is_set("commit.gpgsign"):
            shas = signed(git, shas)
        failpoint.hit("finish.after_commits")
        if _moved(git, shas[-1], head, changes, count=len(commits)):
            git.tried("update-ref", "-d", SCRATCH)
            return shas
        stream = Stream(git)  # the contents are there; only the commits are written again
    raise Failed(f"HEAD of {git.root} moves all the time; finish again when that has ended")


def _streamed(stream: Stream, commits: list[Planned], head: str | None, merge: Planned | None) -> list[str]:
    stream.reset(SCRATCH)
    marks: list[str] = []
    for commit in commits:
        before = head if merge or not marks else marks[-1]
        marks.append(f":{stream.commit(commit, parents=[before] if before else [])}")
    if merge and head:
        stream.commit(merge, parents=[head, *marks])
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
    done = git.tried("var", f"GIT_{who}_IDENT")
    if done.returncode:
        raise UsageError(
            "git does not know who you are: git config --global user.name NAME; git config --global user.email MAIL"
        )
    name, seconds, zone = os.fsdecode(done.stdout).strip().rsplit(" ", 2)
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
