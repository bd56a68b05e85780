"""A folder as a submission: job.sh or tasks.txt, and what job.toml and job_name.txt say of it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from typing import Any

from ..api.options import plain_options
from ..base.errors import UsageError
from ..model.fields import LONGEST
from ..model.script import script_options
from .files import read_small
from .folder import OUTPUT
from .names import ending, shown

_LARGEST = 2**24  # bytes of a script
_OURS = ("key", "quiet_output", "hold", "chdir")
Form = dict[str, Any]


def submission(end: int, *, name: str, path: str, key: str, pool: str) -> Form:
    """The submission that a folder is; it goes to `pool` where it names none.

    Raises UsageError for what cannot be, with the file that is to blame.
    """
    form, written = _form(end)
    options = {**_options(end), **_name(end)}
    said = {**written, **options}
    if "name" not in said:
        options["name"] = printable(name[: len(name) - len(ending(name))])
    options.setdefault("pool", str(said.get("pool", pool)))
    if "output" not in said:
        several = "lines" in form or "array" in said
        options["output"] = "job_output/%a.txt" if several else OUTPUT
    return {**form, "options": {**options, "key": key}, "cwd": path, "request": key}


def printable(text: str) -> str:
    """A folder's name as one that a job can have."""
    return shown(text)[:LONGEST].strip() or "job"


def _form(end: int) -> tuple[Form, Mapping[str, object]]:
    """What is run, and the options that the script's own lines ask for."""
    script = _text(end, "job.sh")
    if script is not None:
        return {"script": {"text": script, "path": "job.sh", "args": []}}, script_options(script)[0]
    lines = _text(end, "tasks.txt")
    if lines is None:
        raise UsageError("there is no job.sh and no tasks.txt in it; put one there")
    return {"lines": lines.splitlines()}, {}


def _options(end: int) -> dict[str, Any]:
    text = _text(end, "job.toml")
    if text is None:
        return {}
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"job.toml is no TOML: {error}") from None
    asked = {name.replace("-", "_"): value for name, value in found.items()}
    ours = sorted(set(asked) & set(_OURS))
    if ours:
        raise UsageError(f"job.toml cannot say '{ours[0]}'; leave it out")
    if isinstance(asked.get("env"), dict):
        asked["env"] = ",".join(["all", *(f"{name}={value}" for name, value in asked["env"].items())])
    return plain_options({_NAMES.get(name, name): value for name, value in asked.items()})


_NAMES = {"job_name": "name", "cpus_per_task": "cpus"}  # other spellings of options that `submit` takes too


def _name(end: int) -> dict[str, str]:
    lines = (_text(end, "job_name.txt") or "").split("\n", 1)
    name = printable(lines[0].strip()) if lines[0].strip() else ""
    return {"name": name} if name else {}


def _text(end: int, name: str) -> str | None:
    try:
        found = read_small(end, name, most=_LARGEST)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from None
    return None if found is None else os.fsdecode(found)
