"""`finish`: the files of jobs that have ended go into the repository, a commit for each, all at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from ..base import failpoint
from .alone import alone
from .aside import clear_again
from .away import place, settle
from .below import commit_below
from .declared import Ground
from .ended import Ended, Result, Settings
from .gathering import gathered
from .git import Git
from .planning import Plan, verdict
from .recorded import announced, recorded
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
    stream = Stream(git)
    try:
        yield from _written(git, able, settings, stream=stream)
    finally:
        stream.close()


def _written(git: Git, plans: list[Plan], settings: Settings, *, stream: Stream) -> Iterator[Result]:
    there = gathered(git, plans, settings, stream=stream)
    settle(git, [plan.ended for plan in plans])
    failpoint.hit("finish.after_ingest")
    troubles = commit_below(git, [plan for plan in plans if not there.refuses(plan)], settings)
    if any(plan.modules for plan in plans):
        failpoint.hit("finish.after_below")
    commits = []
    for plan in plans:
        result = troubles.get(plan.name) or there.planned(plan, settings, git=git)
        if result:
            yield result
        else:
            commits.append(plan)
    yield from write(git, commits, settings, stream=stream)
