"""What reading verbs show: rows of the store as the documented JSON (docs/protocol.md)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ..base.clock import iso, now
from ..base.errors import UsageError
from ..link.lines import Message
from ..model.fields import whole
from ..model.patterns import expand, letters_of, of_attempt
from ..model.secrets import veiled
from ..model.select import parse_selector
from ..model.states import NOT_STARTED, STATES, job_state
from ..store import jobs, tasks, workers
from ..store.jobs import Columns, Span
from . import rooms, unserved, waits
from .crew import Peer
from .reasons import job_reason, task_reason
from .state import Server

MOST = 50_000  # tasks in one answer: more would keep the server from everybody else


def selected(server: Server, message: Message) -> list[Span]:
    """The spans that a request names. Raises NotFound or UsageError."""
    return jobs.find(server.db, [parse_selector(str(text)) for text in message.get("ids") or []])


def job_view(server: Server, row: Columns) -> Message:
    """One job's line; the row may come without its spec."""
    counts = {state: int(row[state]) for state in STATES}
    state = job_state(counts)
    return {
        "id": row["id"],
        "name": row["name"],
        "state": state,
        "tasks": {name: count for name, count in counts.items() if count},
        "command": veiled(row["command"]),
        "pool": row["pool"],
        "submitted": iso(row["submitted"]),
        "reason": job_reason(server, row, state),
        "priority": row["priority"],
        "cpus": row["cpus"],
        "started": iso(row["started"]),
        "ended": iso(row["ended"]),
        "elapsed": _elapsed(server, row),
        "user": row["user"] or "",
        "mem": row["mem"] or None,
        "gpus": row["gpus"],
    }


def _elapsed(server: Server, row: Columns) -> float | None:
    """Seconds: of a task alone what its attempts took, of several from the first start to the last end."""
    if row["started"] is None:
        return None
    if row["single"]:
        return tasks.ran(server.db, row["id"], 0, now=now())
    end: float = row["ended"] or now()
    return max(0.0, end - float(row["started"]))


def show(server: Server, _peer: Peer, message: Message) -> Message:
    """Everything about jobs, or about single tasks."""
    most = -1 if message.get("limit") is None else whole(message["limit"], "limit", least=0)
    spans = selected(server, message)
    found: Message = {"jobs": []}
    for span in spans:
        row = jobs.row(server.db, span.job)
        views = task_views(server, row, span, most=most)
        if span.whole:
            around = {
                "places": rooms.places(server, row) if row["ended"] is None else [],
                "dependencies": waits.dependencies(server, span.job),
                "dependents": waits.dependents(server, span.job),
            }
            found["jobs"].append({**job_view(server, row), "spec": spec_view(row), **around, "tasks": views})
        else:
            found.setdefault("tasks", []).extend(views)
    return found


def spec_view(row: Columns) -> Message:
    """What was asked; of the environment its digest only."""
    spec: Mapping[str, Any] = row["spec"]
    first, last, count = spec["span"]
    return {
        "kind": spec["kind"],
        "cwd": spec["dir"],
        "output": spec["out"],
        "error": spec["err"],
        "input": spec["in"],
        "cpus": spec["cpus"],
        "mem": spec["mem"] or None,
        "gpus": spec.get("gpus", 0),
        "need": spec.get("counters") or {},
        "time_limit": spec["time"],
        "time_min": spec.get("time_min"),
        "warn": spec.get("warn"),
        "most": spec.get("most"),
        "begin": spec.get("begin"),
        "dependency": spec.get("dependency"),
        "retry": spec.get("retry"),
        "max_fails": spec.get("max_fails"),
        "array": None if spec["single"] else {"first": first, "last": last, "tasks": count},
        "umask": f"{spec['umask']:04o}",
        "requeue": spec["requeue"],
        "leave": spec["leave"],
        "script": veiled(spec["command"]["text"]) if spec["kind"] == "script" else None,
        "key": row["key"],
        "environment": row["env"],
        "limits": spec["limits"],
    }


def task_views(server: Server, row: Columns, span: Span, *, most: int = -1) -> list[Message]:
    """Tasks with their attempts, as `show` gives them."""
    found, attempts = tasks.read(server.db, span, most=MOST + 1 if most < 0 else min(most, MOST))
    if len(found) > MOST:
        raise UsageError(f"job {span.job} has more than {MOST:,} tasks there; ask for fewer: {span.job}.0-{MOST - 1}")
    lined = row["spec"]["kind"] == "lines"
    return [
        {
            "id": task_name(row, task["idx"]),
            "state": task["state"],
            "reason": task_reason(server, row, task, attempts.get(task["idx"], [])),
            "command": veiled(jobs.line(server.db, span.job, task["idx"]) or "") if lined else veiled(row["command"]),
            "mem": task["mem"],
            "time_limit": task["time"],
            "tries": task["tries"],
            "lost": task["crashes"],
            "again": iso(task["after"]),
            "attempts": [attempt_view(row, task["idx"], attempt) for attempt in attempts.get(task["idx"], [])],
        }
        for task in found
    ]


def task_name(row: Columns, idx: int) -> str:
    """`12` of a single job, `12.3` of an array."""
    return str(row["id"]) if row["single"] else f"{row['id']}.{idx}"


def told_apart(code: int | None) -> Message:
    """The code of an attempt, which is below zero for a signal, as two fields."""
    exited = code is not None and code >= 0
    return {"exit_code": code if exited else None, "signal": None if code is None or exited else -code}


def attempt_view(row: Columns, idx: int, attempt: Columns) -> Message:
    """One attempt; its code told apart into exit code and signal."""
    out, err = files_of(row, idx, attempt) if attempt["outcome"] != NOT_STARTED else (None, None)
    return {
        "number": attempt["number"],
        "outcome": attempt["outcome"],
        **told_apart(attempt["code"]),
        "host": attempt["host"],
        "pool": attempt["pool"],
        "worker": attempt["name"],
        "scheduler_id": attempt["scheduler_id"],
        "started": iso(attempt["started"]),
        "ended": iso(attempt["ended"]),
        "max_rss": attempt["max_rss"],
        "cpu_time": attempt["cpu_time"],
        "stdout": out,
        "stderr": err,
        "reason": None if attempt["reason"] is None else veiled(attempt["reason"]),
    }


def files_of(row: Columns, idx: int, attempt: Columns) -> tuple[str | None, str | None]:
    """Absolute names of an attempt's files; None for no file, or where standard error joins the output."""
    spec, number = row["spec"], int(attempt["number"])
    letters = letters_of(spec, job=row["id"], idx=idx, number=number, host=str(attempt["host"]))
    out = attempt["out"] or expand(of_attempt(spec["out"], number), letters)
    err = attempt["err"] or (expand(of_attempt(spec["err"], number), letters) if spec["err"] else None)
    return _absolute(spec, out, spec["out"]), _absolute(spec, err, spec["err"])


def _absolute(spec: Columns, name: str | None, pattern: str | None) -> str | None:
    return None if name is None or pattern == os.devnull else os.path.join(spec["dir"], name)


def show_workers(server: Server, _peer: Peer, _message: Message) -> Message:
    """The workers."""
    return {"workers": worker_views(server)}


def worker_views(server: Server) -> list[Message]:
    """Workers with what they have and what is free."""
    found = []
    for row in workers.listed(server.db):
        if server.pools.is_direct(row["pool"]):
            continue  # it sits in the server, and has no room to speak of
        end = server.crew.by_name.get(row["name"])
        cpus = end.cpus if end else row["cpus"]
        running = len(end.running) if end else 0
        found.append(
            {
                "name": row["name"],
                "pool": row["pool"],
                "host": row["host"],
                "pid": row["pid"],
                "state": row["state"] if end else "away",
                "cpus": cpus,
                "cpus_free": max(0, end.left.cpus) if end else 0,
                "mem": row["mem"],
                "mem_free": max(0, end.left.mem) if end else 0,
                "gpus": list(end.gpus) if end else [],
                "gpus_free": max(0, end.left.gpus) if end else 0,
                "running": running,
                "claimed": len(end.held) - running if end else 0,
                "since": iso(row["since"]),
                "unserved": unserved.shown(end.unserved) if end else None,
            }
        )
    return found
