"""`history`: every attempt, with what it used of what was asked for."""

from __future__ import annotations

from ..base.clock import iso, now
from ..link.lines import Message
from ..model.secrets import veiled
from ..store import history as attempts
from ..store.jobs import Columns
from .crew import Peer
from .listing import filter_of
from .state import Server
from .views import selected, task_name, told_apart

_PAGE = 2000  # attempts, about, in one answer


def history(server: Server, _peer: Peer, message: Message) -> Message:
    """A page of attempts, and where the next one begins. Raises NotFound or UsageError."""
    which = filter_of(message)
    last = message.get("last")
    job, idx = message.get("after") or (attempts.before_last(server.db, int(last)) if last else (0, -1))
    named = bool(message.get("ids")) and message["ids"] != ["all"]
    spans = sorted(selected(server, message), key=lambda span: (span.job, span.first)) if named else [None]
    place: attempts.Place | None = (int(job), int(idx))
    rows: list[Columns] = []
    for span in spans:
        if span is not None and (span.job, span.last) <= (place or (0, 0)):
            continue
        found, following = attempts.behind(server.db, place or (0, -1), span=span, which=which)
        rows += found
        if following is not None:
            return {"attempts": [view(row) for row in rows], "next": following}
        if span is not None:
            place = (span.job, span.last)
            if len(rows) >= _PAGE:
                return {"attempts": [view(row) for row in rows], "next": place}
    return {"attempts": [view(row) for row in rows], "next": None}


def view(row: Columns) -> Message:
    """One attempt; a task that ended without any has a `number` of null."""
    elapsed = None if row["started"] is None else max(0.0, (row["ended"] or now()) - row["started"])
    cpu = row["cpu_time"]
    return {
        "id": task_name({"id": row["job"], "single": row["single"]}, row["idx"]),
        "job": row["job"],
        "name": row["name"],
        "number": row["number"],
        "state": row["state"],
        "outcome": row["outcome"],
        **told_apart(row["code"]),
        "pool": row["pool"],
        "host": row["host"],
        "worker": row["worker"],
        "submitted": iso(row["submitted"]),
        "started": iso(row["started"]),
        "ended": iso(row["ended"]),
        "elapsed": elapsed,
        "cpus": row["cpus"],
        "gpus": row["gpus"],
        "cpu_time": cpu,
        "cpu_percent": 100 * cpu / (elapsed * row["cpus"]) if cpu is not None and elapsed and elapsed >= 0.1 else None,
        "mem": row["mem"] or None,
        "max_rss": row["max_rss"],
        "mem_percent": 100 * row["max_rss"] / row["mem"] if row["max_rss"] is not None and row["mem"] else None,
        "command": veiled(row["command"]),
        "reason": row["reason"] and veiled(row["reason"]),
        "user": row["user"] or "",
    }
