"""What a scheduler said of jobs that were scheduled: as their records will have it, and the names of the files for it.

Names and words are those of `scontrol show job`, so that whoever knows that reads this.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from ..base.clock import iso
from ..model.footprint import WHOLE, normal
from ..model.patterns import expand, letters_of
from ..model.scheduled import snapshot_name
from ..model.states import STOPPED
from ..store import scheduled, tasks
from ..store.jobs import Columns, Span
from ..store.scheduled import Part
from .crew import Key
from .state import Server

Snapshot = dict[str, Any]


def snapshots(server: Server, span: Span) -> dict[tuple[int, int], Snapshot]:
    """Of attempts by index and token: what was said there, and of a job of its own also how that ended. No question."""
    return {(row["idx"], row["token"]): _snapshot(row) for row in tasks.said_of_attempts(server.db, span)}


def _snapshot(row: Columns) -> Snapshot:
    found: Snapshot = {"own": bool(row["own"]), **(json.loads(row["said"]) if row["said"] else {})}
    times = {"SubmitTime": iso(row["asked"]), "StartTime": iso(row["started"]), "JobState": row["word"]}
    return {**found, **{name: value for name, value in times.items() if value}}


def told(snapshot: Snapshot, attempt: Mapping[str, Any]) -> Snapshot:
    """With what the attempt itself tells of a job that it had for itself."""
    said = dict(snapshot)
    if not said.pop("own"):
        return said
    code, number = attempt["exit_code"], attempt["signal"]
    more = {
        "JobState": said.get("JobState") or _state(attempt["outcome"], code, number),
        "ExitCode": None if code is None and number is None else f"{code or 0}:{number or 0}",
        "Reason": attempt["reason"],
        "StartTime": attempt["started"],
        "EndTime": attempt["ended"],
    }
    return {**said, **{name: value for name, value in more.items() if value}}


def _state(outcome: str, code: int | None, number: int | None) -> str | None:
    """What its scheduler will say, where its end was heard from the job itself, which ends as its task does."""
    if outcome == STOPPED:
        return "CANCELLED"
    return "COMPLETED" if code == 0 else None if code is None and number is None else "FAILED"


def reserve(server: Server, spec: Mapping[str, Any], ids: Mapping[Key, str]) -> None:
    """Nobody else is to write these files: now their names are known. `ids`: the scheduler's, by the attempt."""
    job = int(spec["job"])
    asked = scheduled.said(server.db, job)
    if asked is None:
        return
    for (_, idx, _), number in ids.items():
        path = os.path.join(_directory(spec, idx), snapshot_name(number if asked.apart else number.partition("_")[0]))
        if path.startswith(asked.dataset + "/") and "*" not in path:
            part = Part(job, idx if asked.apart else WHOLE)
            scheduled.reserve(server.db, asked.dataset, part, normal(path, root=asked.dataset, here="/"))


def _directory(spec: Mapping[str, Any], idx: int) -> str:
    """Of the log, which decides where the file goes."""
    letters = letters_of(spec, job=int(spec["job"]), idx=idx, number=1, host="*")
    log = next((name for name in (spec["out"], spec["err"]) if name and name != os.devnull), os.devnull)
    return os.path.dirname(os.path.join(spec["dir"], expand(log, letters)))
