"""Pools whose machines have other files than we: where work lies there, and which scheduled jobs may go there."""

from __future__ import annotations

import os
import pwd

from ..base.errors import UsageError
from ..base.paths import home, host
from ..model.elsewhere import Ground
from ..model.pool import ANY, LOCAL
from ..store import scheduled, settings
from ..store.jobs import Columns
from .state import Server


def ground_of(server: Server, pool: str) -> Ground | None:
    """Where work lies in a pool; None where paths are the same as here."""
    if pool in (LOCAL, ANY):
        return None
    facts, values = server.pools.facts(pool), server.pools.values(pool)
    if facts.get("shared") or not facts.get("home"):
        return None
    project = values.get("project")
    return Ground(
        home=str(facts["home"]),
        root=str(values.get("root", "~")),
        project=None if project is None else str(project).replace("~", home(), 1),
        queue_id=settings.get(server.db, "queue_id") or "",
        queue_at=f"ssh://{pwd.getpwuid(os.geteuid()).pw_name}@{host()}{server.queue}",
    )


def is_rooted(server: Server, job: int) -> bool:
    """Whether a job was scheduled: without being asked it does not go where its repository is not."""
    return scheduled.repository(server.db, job) is not None


def may_see(server: Server, pool: str) -> bool:
    """Whether the files here are there, or that is not known yet."""
    return ground_of(server, pool) is None


def refuse_strange(server: Server, pool: str) -> None:
    """Raise UsageError for a machine that does not have our files, or where nobody has looked for them yet."""
    if not may_see(server, pool):
        raise UsageError(
            f"the machine of {pool} does not have the repository; leave -p out, and the job runs where that is"
        )
    if pool in server.pools.remote and not server.pools.facts(pool).get("home"):
        raise UsageError(f"nobody knows yet whether {pool} has the repository; wait until it is up: burro pools")


def refuse_move(server: Server, row: Columns, pool: str) -> None:
    """Raise UsageError where a job whose files are only here is to go to another pool that does not have them."""
    outputs = row["spec"].get("outputs")
    if outputs and not outputs.get("away"):
        refuse_strange(server, pool)
