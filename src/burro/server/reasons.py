"""Why: a sentence for what a job or task waits for, or why it failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..model.job import Needs, needs_from
from ..model.secrets import veiled
from ..model.states import CANCELLED, CLAIMED, FAILED, HELD, READY, RUNNING, SKIPPED, WAITING
from ..store.jobs import Columns
from . import adopted, desks, rooms, toolong, waits
from .state import Server


def job_reason(server: Server, row: Columns, state: str) -> str | None:
    """Why a job is in its state, where that is not plain; None where it is."""
    if state == HELD:
        return _held(server, row, _attempts(server, row) if row["single"] else [])
    if row[READY]:
        return waiting_reason(server, row)
    if row[WAITING]:
        return waits.of_job(server, row)
    if row[CLAIMED] and not row[RUNNING]:
        return desks.note_of(server, row["id"])
    if state == FAILED and not row["single"]:
        rest = f", more than {row['max_fails']}: the rest was cancelled" if _is_over(row) else ""
        return f"{row[FAILED]} of {row['tasks']} tasks failed{rest}; see: burro show {row['id']}"
    if state == FAILED:
        return _last_failure(server, row)
    return waits.skipped(server, row) if state == SKIPPED else None


def _is_over(row: Columns) -> bool:
    return row["max_fails"] is not None and row[FAILED] > row["max_fails"] and row[CANCELLED] > 0


def _held(server: Server, row: Columns, attempts: Sequence[Columns]) -> str:
    """Held by somebody, or for what its last attempt came to."""
    never = toolong.advice(server, row, attempts[-1]) if attempts else adopted.reason(server, row["id"])
    return never or f"held; let it go with: burro release {row['id']}"


def _attempts(server: Server, row: Columns) -> Sequence[Columns]:
    return server.db.dicts("attempts_of", {"job": row["id"], "first": 0, "last": 0})


def _last_failure(server: Server, row: Columns) -> str | None:
    attempts = _attempts(server, row)
    return ended_reason(attempts[-1]) if attempts else None


def waiting_reason(server: Server, row: Columns, needs: Needs | None = None, *, alone: bool = False) -> str:
    """Why ready tasks of a job are not running; `needs` where a task's are not the job's."""
    if server.down:
        return "the queue is down; start it with: burro up"
    if server.draining or server.stopping:
        return "the queue is being stopped and starts nothing more"
    return rooms.why_not_running(server, row, needs, alone=alone)


def task_reason(server: Server, row: Columns, task: Columns, attempts: Sequence[Columns]) -> str | None:
    """Why a task is in its state, where that is not plain."""
    state = task["state"]
    if state == HELD:
        return _held(server, row, attempts)
    if state == READY:
        again = f"; attempt {attempts[-1]['number']} was {attempts[-1]['outcome']}" if attempts else ""
        return _ready_reason(server, row, task) + again
    if state == WAITING:
        return waits.of_task(server, row, task)
    if state == SKIPPED:
        return waits.skipped(server, row, task["idx"])
    if state in (CLAIMED, RUNNING) and task["cancel"]:
        return "being stopped"
    if state in (CLAIMED, RUNNING):
        return _noted(server, row, task) or ("with its worker, about to start" if state == CLAIMED else None)
    if state in (FAILED, CANCELLED) and attempts:
        return ended_reason(attempts[-1])
    return None


def _noted(server: Server, row: Columns, task: Columns) -> str | None:
    end = None if task["worker"] is None else server.crew.numbered(task["worker"])
    return None if end is None else desks.told(server, end, (row["id"], task["idx"], task["token"]))


def _ready_reason(server: Server, row: Columns, task: Columns) -> str:
    """A task that has grown, or that runs alone, may wait for more than its job."""
    if task["crashes"] >= 2 or task["mem"] is not None:
        needs = replace(needs_from(row), mem=min(task["mem"] or row["mem"], server.crew.largest))
        return waiting_reason(server, row, needs, alone=task["crashes"] >= 2)
    return waiting_reason(server, row)


def ended_reason(attempt: Columns) -> str | None:
    """How an attempt ended, in words."""
    outcome, code, reason = attempt["outcome"], attempt["code"], veiled(attempt["reason"] or "")
    if outcome == "exited":
        return f"exited with code {code}"
    if outcome == "signalled":
        return f"ended by signal {-code}"
    if outcome == "cancelled":
        return reason or ("stopped while it ran" if code is None else f"stopped while it ran, {told_code(code)}")
    return f"{outcome}: {reason}" if reason else outcome


def told_code(code: int) -> str:
    """What a process left behind: below zero a signal."""
    return f"by signal {-code}" if code < 0 else f"with exit code {code}"
