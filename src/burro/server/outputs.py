"""`outputs`: where the output of tasks lies."""

from __future__ import annotations

from collections.abc import Sequence

from ..base.errors import NotFound
from ..link.lines import Message
from ..store import far, jobs
from .crew import Peer
from .grounds import ground_of
from .state import Server
from .views import selected, task_views


def outputs(server: Server, _peer: Peer, message: Message) -> Message:
    """The paths of each task's last attempt, or of the one that is wanted. Raises NotFound where no task has that."""
    wanted = message.get("attempt")
    found = []
    for span in selected(server, message):
        row = jobs.row(server.db, span.job)
        for view in task_views(server, row, span):
            attempts: Sequence[Message] = view["attempts"]
            chosen = [one for one in attempts if wanted is None or one["number"] == wanted][-1:]
            last = chosen[0] if chosen else {}
            found.append(
                {
                    "id": view["id"],
                    "state": view["state"],
                    "attempt": last.get("number"),
                    **{name: last.get(name) for name in ("stdout", "stderr", "pool", "outcome", "reason")},
                    "elsewhere": _elsewhere(server, span.job, view, last),
                }
            )
    if wanted is not None and found and all(one["attempt"] is None for one in found):
        which = found[0]["id"] if len(found) == 1 else f"any of these {len(found)} tasks"
        raise NotFound(f"there is no attempt {wanted} of {which}; see: burro show {found[0]['id']}")
    return {"tasks": found}


def _elsewhere(server: Server, job: int, task: Message, attempt: Message) -> str | None:
    """The pool where an attempt's files still lie: it has not ended, or they are on their way; None: they are here."""
    pool = attempt.get("pool")
    if pool is None or ground_of(server, pool) is None:
        return None
    idx = int(task["id"].partition(".")[2] or 0)
    return pool if attempt["ended"] is None or far.of_task(server.db, job, idx) else None
