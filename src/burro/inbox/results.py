"""What is written into a folder whose job has ended. No I/O."""

from __future__ import annotations

import json
import os.path
from collections.abc import Mapping, Sequence
from typing import Any

from ..base.text import spoken_duration
from ..model.states import CANCELLED, DONE, FAILED, FINAL
from .names import shown

Row = Mapping[str, Any]
TASKS = 1000  # of an array that are told one by one


def is_over(row: Row) -> bool:
    """Whether all tasks of a job have ended."""
    return row["state"] in FINAL


def result(row: Row, *, key: str | None, folder: str) -> dict[str, Any]:
    """job_result.json, of the answer to `show`: of a single job what its last attempt was, of an array each task.

    Files in `folder` are named as seen from there, since it is moved.
    """
    tasks: Sequence[Row] = row["tasks"]
    single = len(tasks) == 1 and "." not in str(tasks[0]["id"])
    found: dict[str, Any] = {
        "id": row["id"],
        "key": key,
        "name": row["name"],
        "state": row["state"],
        "reason": row.get("reason"),
        "pool": None,
        "submitted": row["submitted"],
        "started": row["started"],
        "ended": row["ended"],
        "elapsed": row["elapsed"],
    }
    if single:
        return {**found, "reason": found["reason"] or tasks[0].get("reason"), **_of_task(tasks[0], folder)}
    states = [str(task["state"]) for task in tasks]
    counts = row.get("counts") or {state: states.count(state) for state in sorted(set(states))}
    each = [{"index": int(str(task["id"]).partition(".")[2]), **_of_task(task, folder)} for task in tasks[:TASKS]]
    return {**found, "counts": counts, "tasks": each}


def _of_task(task: Row, folder: str) -> dict[str, Any]:
    attempts: Sequence[Row] = task["attempts"]
    last: Row = attempts[-1] if attempts else {}
    names = ("outcome", "exit_code", "signal", "host", "pool", "worker", "started", "ended")
    return {
        "state": task["state"],
        **{name: last.get(name) for name in names},
        "reason": task.get("reason"),
        "output": _seen_from(folder, last.get("stdout")),
        "error": _seen_from(folder, last.get("stderr")),
        "attempts": [
            {name: attempt.get(name) for name in (*names, "reason", "cpu_time", "max_rss")} for attempt in attempts
        ],
        "usage": {"cpu_time": last.get("cpu_time"), "max_rss": last.get("max_rss")},
    }


def _seen_from(folder: str, path: str | None) -> str | None:
    return path if path is None else path.removeprefix(folder.rstrip("/") + "/")


# what any result has, so that who reads it need not ask which there are
_UNKNOWN = (
    *("pool", "submitted", "started", "ended", "elapsed", "outcome", "exit_code", "signal", "host", "worker"),
    *("output", "error"),
)
_NOTHING: Row = {"attempts": [], "usage": {"cpu_time": None, "max_rss": None}}


def lost_result(job: int | None, *, key: str | None, state: str, reason: str) -> dict[str, Any]:
    """Of a folder whose job the queue does not know, or did not take."""
    said = {"id": job, "key": key, "name": None, "state": state, "reason": reason}
    return {**said, **dict.fromkeys(_UNKNOWN), **_NOTHING}


def text_of(found: Row) -> bytes:
    """The file."""
    return (json.dumps(found, indent=1) + "\n").encode("ascii")


def error_of(found: Row) -> str | None:
    """job_error.txt: the scheduler's or worker's own line where there is one, and a sentence; None: all is well."""
    if found["state"] == DONE:
        return None
    attempts = found.get("attempts") or []
    own = attempts[-1].get("reason") if attempts else None
    lines = [*([str(own)] if own else []), _sentence(found)]
    return "\n".join(dict.fromkeys(lines)) + "\n"


def _sentence(found: Row) -> str:
    if found.get("counts"):
        bad = ", ".join(f"{count} {state}" for state, count in found["counts"].items() if state != DONE)
        return f"job {found['id']}: of {sum(found['counts'].values())} tasks {bad}; {_place(found['tasks'])}"
    job = f"job {found['id']}" if found.get("id") is not None else "the folder"
    why = f": {found['reason']}" if found.get("reason") else ""
    seconds = found.get("elapsed")
    after = f", after {spoken_duration(round(seconds))}" if seconds and seconds >= 1 else ""
    where = f" at {found['host']}" if found.get("host") else ""
    told = {FAILED: "failed", CANCELLED: "was cancelled"}.get(found["state"], f"was {found['state']}")
    return f"{job} {told}{where}{after}{why}" + (f"; {_place([found])}" if attempts_of(found) else "")


def attempts_of(found: Row) -> Sequence[Row]:
    """The attempts that were made."""
    return found.get("attempts") or []


def _place(tasks: Sequence[Row]) -> str:
    """Where to look: a script may name files of its own, and of an array each task has one."""
    files = [str(task["output"]) for task in tasks if task.get("output")]
    if not files:
        return "how it ended is in job_result.json"
    above = os.path.dirname(files[0])
    several = f"{above}/" if above else "this folder"
    place = files[0] if len(files) == 1 else several
    return f"what it wrote is in {shown(place)}, how it ended in job_result.json"
