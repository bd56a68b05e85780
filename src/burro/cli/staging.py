"""Where a submission goes, and its files before and after it: `-p all`, `--stage-in`, `--stage-out`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from ..api.places import CLOSED
from ..base.errors import UsageError
from ..model.pool import ALL, LOCAL
from .face import Face, note
from .fan import Row, say
from .pool_sync import Wish, sync
from .submitted import Answer
from .words import Typed

_RETRIES = 5  # of what brings results back: a link may be away for a while


def open_pools(face: Face) -> list[str]:
    """The pools that `-p all` means: all that take work, also those that are down just now. Raises UsageError."""
    names = [row["pool"] for row in face.ask("pools")["pools"] if not row["paused"] and row["state"] not in CLOSED]
    if not names:
        raise UsageError("no pool takes work now; see: burro pools")
    return names


def paths_of(typed: Typed, field: str) -> tuple[str, ...]:
    """The paths that were given, absolute."""
    value = typed.get(field)
    return tuple(map(os.path.abspath, value.split("\0"))) if isinstance(value, str) else ()


def stage_in(face: Face, typed: Typed, pools: Sequence[str]) -> None:
    """Bring files to the machines, before anything is submitted. Raises UsageError, Failed."""
    rows = _machines(face, typed, pools, option="stage-in")
    wish = Wish(paths=paths_of(typed, "stage_in"))

    for pool, row in rows.items():
        say(sync(face, row, wish, hear=lambda line, pool=pool: say(line, pool=pool, aside=True)), aside=True)  # type: ignore[misc]  # mypy does not see the default


def _machines(face: Face, typed: Typed, pools: Sequence[str], *, option: str) -> dict[str, Row]:
    """The pools whose files are not those here. Raises UsageError where it is not known yet which it will be."""
    if face.elsewhere:
        raise UsageError(f"--{option} copies from where the queue is; log in there, or copy by yourself first")
    rows = [row for row in face.ask("pools")["pools"] if not (row["pool"] == LOCAL or row.get("shared"))]
    if "pool" not in typed or typed["pool"] == "any":
        if rows:
            raise UsageError(f"--{option} has to know where it will run; name the pool: -p {rows[0]['pool']}")
        return {}
    return {row["pool"]: row for row in rows if row["pool"] in pools}


def check_stage_out(face: Face, typed: Typed) -> bool:
    """Whether anything has to be brought back. Raises UsageError where that makes no sense."""
    if typed.get("pool") == ALL:
        raise UsageError("--stage-out would bring the same files from every machine; submit to one")
    return bool(_machines(face, typed, [str(typed.get("pool"))], option="stage-out"))


def stage_out(face: Face, typed: Typed, answer: Answer) -> int:
    """Submit what brings results back: a job here that runs once the other has ended, however. Its number.

    So it outlives this command and the server, can be seen, and is tried again.
    """
    words = [sys.executable, "-P", "-m", "burro", "--queue", face.queue, "pool", "sync", str(typed["pool"]), "--back"]
    options: dict[str, Any] = {
        "name": f"stage-out of {answer['id']}",
        "pool": LOCAL,
        "dependency": f"afterany:{answer['id']}",
        "retries": _RETRIES,
        "retry_delay": "10s",
        "quiet_output": True,
    }
    form = {"argv": [*words, *paths_of(typed, "stage_out")]}
    said = face.context(form, None)
    back = face.ask("submit", request=f"{face.request}.out", context=said, options=options, **form)
    note(f"note: job {back['id']} brings the results back when job {answer['id']} has ended")
    return int(back["id"])
