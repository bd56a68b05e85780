"""Jobs that were taken over from datalad-slurm: how they stand and how they ended is what Slurm says of them now."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from ..base.clock import iso, pause
from ..base.errors import Failed
from ..model.scheduled import SLURM_JOB
from ..model.states import CANCELLED, DONE, EXITED, FAILED, FINAL, HELD, RUNNING, SIGNALLED, STOPPED, WAITING
from ..pools.scheduler import Declined, NoWord, Sight, Stage
from ..pools.slurm_past import looked_up
from ..worker.alternative import bring, files
from .open_records import OPEN, Ask, Row

_EVERY = 2.0  # seconds between two looks while somebody waits
_SILENCES = 3  # looks without an answer after which nobody waits any more
_MOST = 100  # tasks of an array that are told one by one


def seen(rows: Sequence[Row]) -> list[Row]:
    """The rows of records, those that were taken over as Slurm tells of them: one question for all."""
    ids = list(dict.fromkeys(str(row["asked"][SLURM_JOB]) for row in rows if _is_open(row)))
    found: dict[str, list[Sight]] = {}
    silence = ""
    try:
        found = looked_up(ids) if ids else {}
    except (NoWord, Declined) as trouble:
        silence = str(trouble)
    return [_seen(row, found.get(str(row["asked"][SLURM_JOB]), []), silence) if _is_open(row) else row for row in rows]


def tell_ends(ask: Ask, rows: Sequence[Row]) -> None:
    """The queue hears how they have ended, once, so that what waits for them goes on; recorded or not."""
    over = [_end(row) for row in rows if _is_open(row) and row["over"] and row["held"]]
    if over:
        ask("over", jobs=over)


def _end(row: Row) -> dict[str, Any]:
    """That of its worst task, from when the first began to when the last ended."""
    bad = [one for one in row["attempts"] if not _is_good(one)]
    worst = next((one for one in bad if one["outcome"] != STOPPED), row["attempts"][0])
    begun, ended = ([moment for one in row["attempts"] if (moment := one[name])] for name in ("started", "ended"))
    return {
        "job": row["job"],
        "outcome": worst["outcome"],
        "code": -worst["signal"] if worst["outcome"] == SIGNALLED else worst["exit_code"],
        "host": worst["host"],
        "started": min(map(_seconds, begun), default=None),
        "ended": max(map(_seconds, ended), default=None),
    }


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def _is_open(row: Row) -> bool:
    return row["record"] == OPEN and SLURM_JOB in row["asked"]


def _seen(row: Row, sights: Sequence[Sight], silence: str) -> Row:
    """`unknown`: Slurm knows no such job; `silent`: it says nothing; `says`: in place of the state in a sentence."""
    number = row["asked"][SLURM_JOB]
    if row["state"] in FINAL and not sights:  # it was told of when Slurm still knew
        return {
            **row,
            "held": False,
            "attempts": [{**one, "scheduler_id": str(number)} for one in row.get("attempts") or ()],
        }
    if silence:
        says = f"job {number} of Slurm, of which nothing is known now: {silence}"
        return {**row, "over": False, "state": "unknown", "silent": True, "says": says}
    if not sights:
        says = f"job {number} of Slurm, which knows it no more; give it up with --failed=drop"
        return {**row, "over": False, "state": "unknown", "unknown": True, "says": says}
    live = [sight for sight in sights if sight.stage is not Stage.ENDED]
    if live:
        state = RUNNING if any(sight.stage.has_nodes for sight in live) else WAITING
        words = ", ".join(dict.fromkeys(sight.word for sight in live))
        return {**row, "over": False, "state": state, "says": f"job {number} of Slurm, {words}; finish it later"}
    attempts = [_attempt(sight, apart=len(sights) > 1) for sight in sights]
    told = {"state": _state(attempts), "attempts": _told(attempts), "held": row["state"] == HELD}
    return {**row, **told, "over": True, "pool": ""}


def _told(attempts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that went wrong, and of the others as many as there is room for."""
    return sorted(attempts, key=_is_good)[:_MOST]


def _is_good(attempt: Row) -> bool:
    return bool(attempt["outcome"] == EXITED and attempt["exit_code"] == 0)


def _state(attempts: Sequence[Row]) -> str:
    if all(map(_is_good, attempts)):
        return DONE
    return CANCELLED if all(attempt["outcome"] == STOPPED for attempt in attempts) else FAILED


def _attempt(sight: Sight, *, apart: bool) -> dict[str, Any]:
    """As the queue tells of one of its own."""
    code, number = sight.exit or (0 if sight.word == "COMPLETED" else 1, 0)
    index = sight.id.partition("_")[2]
    return {
        "number": 1,
        "task": int(index) if apart and index.isdecimal() else None,
        "outcome": sight.outcome or (SIGNALLED if number and not code else EXITED),
        "exit_code": None if sight.outcome else code,
        "signal": number or None,
        "host": ",".join(sight.nodes[:1]),
        "started": iso(sight.starts_at),
        "ended": iso(sight.ends_at),
        "max_rss": None,
        "cpu_time": None,
        "cpus": sight.cpus,
        "gpus": None,
        "scheduler_id": sight.id,
        "pool": "",
        "stdout": None,
        "stderr": None,
    }


def wait(look: Callable[[], Sequence[Row]]) -> None:
    """Until Slurm has ended all that were taken over, or knows them no more; and not while it stays silent."""
    silences = 0
    while left := [row for row in look() if _is_open(row) and not row["over"] and not row.get("unknown")]:
        silences = silences + 1 if all(row.get("silent") for row in left) else 0
        if silences == _SILENCES:
            return
        pause(_EVERY)


def bring_back(row: Row, root: str) -> None:
    """From the directory that it ran in (its alt-dir) what it wrote, to the same places. Raises Failed."""
    asked = row["asked"]
    if SLURM_JOB not in asked or not asked.get("alternative"):
        return
    there = os.path.realpath(asked["alternative"])
    outputs = [os.path.normpath(os.path.join(asked["pwd"], path)) for path in asked["outputs"]]
    try:
        found = files([*outputs, *asked["logs"]], there, through=True)
        bring({os.path.join(root, os.path.relpath(path, there)): path for path in found if os.path.isfile(path)}, {})
    except OSError as error:
        raise Failed(f"what it wrote cannot be had from {there}: {error.strerror}; finish again when it can") from None
