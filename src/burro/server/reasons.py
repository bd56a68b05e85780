"""Why: a sentence for what a job or task waits for, or why it failed."""

from __future__ import annotations

from collections.abc import Sequence

from ..model.states import CANCELLED, CLAIMED, FAILED, HELD, READY, RUNNING
from ..store.jobs import Columns
from .state import Server


def job_reason(server: Server, row: Columns, state: str) -> str | None:
    """Why a job is in its state, where that is not plain; None where it is."""
    if state == HELD:
        return f"held; let it go with: burro release {row['id']}"
    if row[READY]:
        return waiting_reason(server, row)
    if state == FAILED and not row["single"]:
        return f"{row[FAILED]} of {row['tasks']} tasks failed; see: burro show {row['id']}"
    if state == FAILED:
        return _last_failure(server, row)
    return None


def _last_failure(server: Server, row: Columns) -> str | None:
    attempts = server.db.dicts("attempts_of", {"job": row["id"], "first": 0, "last": 0})
    return ended_reason(attempts[-1]) if attempts else None


def waiting_reason(server: Server, row: Columns) -> str:
    """Why ready tasks of a job are not running."""
    if server.down:
        return "the queue is down; start it with: burro up"
    if server.draining or server.stopping:
        return "the queue is being stopped and starts nothing more"
    ends = list(server.crew)
    if not ends:
        return "no worker is up yet"
    most = max(end.cpus for end in ends)
    if most == 0:
        return "the pool local is paused; let it go on with: burro up -c CPUS"
    if row["cpus"] > most:
        return f"it needs {row['cpus']} cpus and the pool local has {most} now; more with: burro up -c {row['cpus']}"
    free = max(max(0, end.left.cpus) for end in ends)
    if row["cpus"] > free:
        return f"waits for room: it needs {row['cpus']} of {most} cpus and {free} are free"
    if row["mem"] > max(end.left.mem for end in ends):
        return "waits for memory to become free"
    return "waits for its turn"


def task_reason(server: Server, row: Columns, task: Columns, attempts: Sequence[Columns]) -> str | None:
    """Why a task is in its state, where that is not plain."""
    state = task["state"]
    if state == HELD:
        return f"held; let it go with: burro release {row['id']}"
    if state == READY:
        again = f"; attempt {attempts[-1]['number']} was {attempts[-1]['outcome']}" if attempts else ""
        return waiting_reason(server, row) + again
    if state in (CLAIMED, RUNNING) and task["cancel"]:
        return "being stopped"
    if state == CLAIMED:
        return "with its worker, about to start"
    if state in (FAILED, CANCELLED) and attempts:
        return ended_reason(attempts[-1])
    return None


def ended_reason(attempt: Columns) -> str | None:
    """How an attempt ended, in words."""
    outcome, code, reason = attempt["outcome"], attempt["code"], attempt["reason"]
    if outcome == "exited":
        return f"exited with code {code}"
    if outcome == "signalled":
        return f"ended by signal {-code}"
    if outcome == "cancelled":
        return reason or ("stopped while it ran" if code is None else f"stopped while it ran, {_code(code)}")
    return f"{outcome}: {reason}" if reason else outcome


def _code(code: int) -> str:
    return f"by signal {-code}" if code < 0 else f"with exit code {code}"
