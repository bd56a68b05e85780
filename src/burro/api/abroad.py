"""What a submission is said in where the queue lies at another machine: as after a login there, never as here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ..link.elsewhere import is_elsewhere
from ..model.script import script_options
from .caller import Caller
from .context import context

_THEIRS = ("PATH", "HOME")  # of that machine, also where they are named


def context_of(caller: Caller, form: Mapping[str, Any], env: object) -> dict[str, Any]:
    """The `context` of a submission (docs/protocol.md); `env` as asked: `all`, `clean`, or names and settings.

    At a queue elsewhere: the home directory and a login's environment there, and of here what is named.
    """
    if not is_elsewhere(caller.queue):
        return context()
    there = caller.ask({"op": "context"})
    here = {name: os.environ[name] for name in _named(form, env) if name in os.environ and name not in _THEIRS}
    return {**there, "env": {**there["env"], **here}}


def _named(form: Mapping[str, Any], env: object) -> list[str]:
    """Names that --env has, or an option line of the script; what is no name (`all`, `A=b`) is no variable either."""
    if env is None and "script" in form:
        env = script_options(form["script"]["text"])[0].get("env")
    return str(env or "").split(",")
