"""Repositories that a worker does not see, though the files of its pool are those of this machine as far as is known.

A worker looks before it starts a task of a scheduled job. Where the repository is not, it gives the task back and says
so: then it is passed over for a while, others are not, and no more workers like it are asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..base.clock import now, steady
from ..base.errors import UsageError
from ..model.pool import ANY, LOCAL
from ..store import events, scheduled
from .crew import WorkerEnd
from .state import Server

_FOR = 600.0  # seconds that a worker is passed over
_OF_POOL = 3600.0  # seconds that a pool without a worker is held to be as its last ones were


def note(server: Server, end: WorkerEnd, jobs: Iterable[int]) -> None:
    """A worker does not see the repositories of these jobs. Within a turn."""
    for dataset in {scheduled.repository(server.db, job) for job in jobs} - {None}:
        assert dataset is not None
        if dataset not in of(end):
            events.add(server.db, "repository not seen", f"{end.name} on {end.host}: {dataset}", now=now())
        end.unseen[dataset] = steady() + _FOR
        server.unseen.setdefault(end.pool, {})[dataset] = steady() + _OF_POOL


def saw(server: Server, end: WorkerEnd, jobs: Iterable[int]) -> None:
    """Tasks of these jobs were started there: what was said of their repositories is over. Within a turn."""
    known = server.unseen.get(end.pool)
    if known:
        for dataset in {scheduled.repository(server.db, job) for job in jobs}:
            known.pop(dataset or "", None)


def forgive(server: Server, pool: str) -> None:
    """Somebody says that all is well."""
    server.unseen.pop(pool, None)
    for end in server.crew.in_pool(pool):
        end.unseen.clear()


def of(end: WorkerEnd) -> Collection[str]:
    """The repositories that a worker is not to be asked for now."""
    return {dataset for dataset, until in end.unseen.items() if until > steady()} if end.unseen else ()


def is_unseen(server: Server, pool: str, dataset: str | None) -> bool:
    """Whether no worker of a pool sees a repository, as far as they have looked."""
    until = server.unseen.get(pool, {}).get(dataset or "", 0.0)
    return until > steady() and all(dataset in of(end) for end in server.crew.in_pool(pool))


def misses(server: Server, end: WorkerEnd, job: int) -> bool:
    """Whether a worker does not see the repository of a job."""
    return bool(end.unseen) and scheduled.repository(server.db, job) in of(end)


def sentence(pool: str, dataset: str) -> str:
    """Why nothing of that repository runs there, and what to do."""
    return (
        f"no worker of {pool} sees the repository {dataset}; once it is mounted where they run: burro pool start {pool}"
    )


def why(server: Server, pool: str, job: int) -> str | None:
    """The sentence, where it is so for the repository of a job."""
    if not server.unseen.get(pool):
        return None
    dataset = scheduled.repository(server.db, job)
    return sentence(pool, dataset) if dataset is not None and is_unseen(server, pool, dataset) else None


def refuse(server: Server, pool: str, dataset: str | None) -> None:
    """Raise UsageError for a pool that is named and does not see the repository of a scheduled job."""
    if dataset is not None and pool not in (ANY, LOCAL) and is_unseen(server, pool, dataset):
        raise UsageError(f"{sentence(pool, dataset)}; or leave -p out")
