"""What tasks find of the node in their environment: what was set before the worker, and the scheduler's own names.

What `before` did to the environment is kept as changes, since a task has its submitter's environment and not the
worker's: a list of directories grows at the same end, anything else is set.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, MutableMapping
from typing import Any, Optional

BEFORE = "BURRO_BEFORE"  # the environment before `before` ran, as the shell on the node says it
# Of a worker that came by itself what that did: name -> [text before, text behind], a text, or null: it is gone.
CHANGES = "BURRO_CHANGES"
_THEIRS = ("SLURM_", "SLURMD_")
_SHELL = ("_", "PWD", "OLDPWD", "SHLVL")

Env = MutableMapping[bytes, bytes]


def note_changes(environ: MutableMapping[str, str]) -> None:
    """Put what was changed since `before` began into the environment of the worker to be, in place of all of it."""
    kept = environ.pop(BEFORE, None)
    environ[CHANGES] = "{}"
    if kept is None:
        return
    try:
        text = base64.b64decode(kept).decode("utf-8", "surrogateescape")
    except binascii.Error:
        return
    old = dict(line.partition("=")[::2] for line in text.split("\0") if line)
    environ[CHANGES] = json.dumps(_changes(old, environ))


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {name: None for name in old if name not in new}
    for name, value in new.items():
        was = old.get(name)
        if was == value:
            continue
        if was and value.endswith(":" + was):
            found[name] = [value[: -len(was)], ""]
        elif was and value.startswith(was + ":"):
            found[name] = ["", value[len(was) :]]
        else:
            found[name] = value
    return {name: change for name, change in found.items() if name not in _SHELL and not name.startswith("BURRO_")}


def surround(env: Env, environ: Mapping[str, str], wire: Mapping[str, Any]) -> None:
    """Give a task what belongs to the node and to the pool; what its owner named stays as it is."""
    if CHANGES in environ and not wire.get("env_clean"):
        for name in [name for name in env if name.startswith(tuple(map(_raw, _THEIRS)))]:
            del env[name]  # of the job, if any, that it was submitted from
        env.update({_raw(name): _raw(value) for name, value in environ.items() if name.startswith(_THEIRS)})
    named = {_raw(name): env[_raw(name)] for name in wire.get("env_named") or () if _raw(name) in env}
    for name, change in json.loads(environ.get(CHANGES) or "{}").items():
        _change(env, _raw(name), change)
    env.update({_raw(name): _raw(value) for name, value in (wire.get("pool_env") or {}).items()})
    env.update(named)


def _change(env: Env, name: bytes, change: Any) -> None:  # noqa: ANN401  # JSON of ours
    if change is None:
        env.pop(name, None)
    elif isinstance(change, str):
        env[name] = _raw(change)
    else:
        front, back = map(_raw, change)
        known: Optional[bytes] = env.get(name)
        env[name] = front + known + back if known else (front + back).strip(b":")


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
