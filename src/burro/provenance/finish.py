"""`finish`: the files of jobs that have ended go into the repository, a commit for each, all at once."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..base import failpoint
from .aside import clear_again
from .away import place, settle
from .declared import Ground, Tree
from .ended import Ended, Result, Settings
from .git import Git
from .index import tidy
from .intake import Intake
from .planning import Plan, planned, verdict
from .recorded import announced, recorded
from .remains import discard_old
from .snapshots import lay
from .stream import Stream
from .underway import refuse_lent_head
from .writing import announcements, on_head, write


def finish(
    repository: str | os.PathLike[str], ended: Sequence[Ended], settings: Settings | None = None
) -> Iterator[Result]:
    """Record jobs that have ended, each in a commit of its own, and say what became of each.

    Killed at any moment it does no harm: the next one goes on. Two at once wait for each other. Raises UsageError
    where `repository` is in none, Failed where git refuses.
    """
    settings = settings or Settings()
    git = Git.at(os.fspath(repository))
    with alone(git):
        there = recorded(git, ended) if ended else {}
        plans = []
        ground = Ground(git)
        for job in ended:
            if job.name in there:
                if (settings.branches and not settings.octopus) or (settings.failed == "commit" and not job.succeeded):
                    clear_again(git, there[job.name])
                yield Result(job.name, "ok", f"{job.name} is recorded already", there[job.name])
                continue
            result = verdict(job, settings, root=git.root)
            if result:
                yield result
            else:
                why = place(git, ground, job)
                found = ground.look(job, logs_only=not job.succeeded and settings.failed == "logs")
                found.refused += why
                plans.append(Plan(job, found))
        yield from _finished(git, plans, settings, ground=ground)


def announce(repository: str | os.PathLike[str], scheduled: Sequence[Ended], settings: Settings) -> dict[str, str]:
    """Record, in the style `pair`, that jobs were scheduled; the commit of each name. Twice is as once.

    What is not known yet of these jobs stays empty.
    """
    git = Git.at(os.fspath(repository))
    with alone(git):
        on_head(git, announcements(git, scheduled, settings), stream=Stream(git))
        return announced(git, scheduled)


def _finished(git: Git, plans: list[Plan], settings: Settings, *, ground: Ground) -> Iterator[Result]:
    able = []
    for plan in plans:
        result = plan.refusal(settings)
        if result:
            yield result
        else:
            lay(plan, ground)
            able.append(plan)
    if not able:
        return
    refuse_lent_head(git)
    head = git.commit_of("HEAD")
    places = list(dict.fromkeys(claim.place for plan in able for claim in plan.found.claims))
    tree = Tree(git.tree(head, [] if "." in places or len(places) > 2000 else places))
    stream = Stream(git)
    try:
        yield from _written(git, able, settings, stream=stream, tree=tree)
    finally:
        stream.close()


def _written(git: Git, plans: list[Plan], settings: Settings, *, stream: Stream, tree: Tree) -> Iterator[Result]:
    paths = list(dict.fromkeys(path for plan in plans for path in plan.found.files))
    ignored = git.ignored(paths)
    intake = Intake(git, stream, ingest=settings.ingest, known=tree.entries)
    taken = intake.take([path for path in paths if path not in ignored])
    settle(git, [plan.ended for plan in plans])
    failpoint.hit("finish.after_ingest")
    commits = []
    for plan in plans:
        result = planned(plan, settings, git=git, tree=tree, taken=taken, ignored=ignored, stream=stream)
        if result:
            yield result
        else:
            commits.append(plan)
    yield from write(git, commits, settings, stream=stream)


@contextmanager
def alone(git: Git) -> Iterator[None]:
    """Only one finish of a repository works at a time; one that was killed leaves nothing locked."""
    os.makedirs(os.path.join(git.shared, "burro"), exist_ok=True)
    lock = os.open(os.path.join(git.shared, "burro", "finish.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        tidy(git)
        discard_old(git)
        yield
    finally:
        os.close(lock)
