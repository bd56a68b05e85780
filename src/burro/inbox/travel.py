"""Folders for a machine with other files: one job brings the folder there, another brings it back."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os.path import expanduser
from typing import Any

from ..base.errors import UsageError
from ..model.pool import LOCAL
from ..model.script import script_options
from .asking import Form
from .desk import Desk, is_apart

_RETRIES = {"retries": 5, "retry_delay": "10s"}  # a link may be away for a while


@dataclass(frozen=True)
class Sent:
    """What a folder has become: its job, and the one after which it is complete."""

    job: int
    last: int


Answer = Sent | UsageError


def send(desk: Desk, forms: Sequence[Form]) -> list[Answer]:
    """Submit each, with what brings it there and back where it goes to a machine with other files."""
    pools = desk.pools()
    apart = [is_apart(pools.get(str(form["options"]["pool"]), {})) for form in forms]
    near = iter(desk.submit([form for form, far in zip(forms, apart, strict=True) if not far]))
    return [_travel(desk, form) if far else _sent(next(near)) for form, far in zip(forms, apart, strict=True)]


def _sent(answer: int | UsageError) -> Answer:
    return answer if isinstance(answer, UsageError) else Sent(answer, answer)


def _travel(desk: Desk, form: Form) -> Answer:
    pool, folder = str(form["options"]["pool"]), str(form["cwd"])
    project = desk.pools()[pool].get("project")
    if project is None or not folder.startswith(expanduser(project).rstrip("/") + "/"):
        return UsageError(
            f"the machine of the pool {pool} has other files, and this inbox is not in the project that goes there; "
            f"put it there: burro pool set {pool} --project DIR --root DIR"
        )
    [there] = desk.submit([_copy(desk, form, "in", [])])
    if isinstance(there, UsageError):
        return there
    waits = [*_dependencies(form), f"afterok:{there}"]
    [job] = desk.submit([{**form, "options": {**form["options"], "dependency": waits}}])
    if isinstance(job, UsageError):
        desk.cancel(there)
        return job
    [back] = desk.submit([_copy(desk, form, "out", ["--back"], after=job)])
    return back if isinstance(back, UsageError) else Sent(job, back)


def _copy(desk: Desk, form: Form, way: str, words: list[str], *, after: int | None = None) -> Form:
    """`burro pool sync` of the folder, as a job here: so it can be seen, outlives us, and is tried again."""
    pool, key = str(form["options"]["pool"]), f"{form['request']}-{way}"
    command = [sys.executable, "-P", "-m", "burro", "--queue", desk.queue, "pool", "sync", pool, *words, form["cwd"]]
    options: dict[str, Any] = {
        "name": f"{way} {form['options'].get('name', 'job.sh')}"[:200],
        "pool": LOCAL,
        "key": key,
    }
    if after is not None:
        options["dependency"] = f"afterany:{after}"
    return {"argv": command, "options": {**options, **_RETRIES, "quiet_output": True}, "cwd": "/", "request": key}


def _dependencies(form: Mapping[str, Any]) -> list[str]:
    """What the folder itself asks to wait for."""
    found = form["options"].get("dependency")
    if found is None and "script" in form:
        found = script_options(form["script"]["text"])[0].get("dependency")
    return [] if found is None else [str(one) for one in found] if isinstance(found, list) else [str(found)]
