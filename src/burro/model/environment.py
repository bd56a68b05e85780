"""The environment of tasks, as `--env` asks for it: all of the submitter's, a clean one, or what is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..base.errors import UsageError

Raw = Mapping[str, Any]

CLEAN = ("PATH", "HOME", "USER", "LANG", "TMPDIR")  # of what the submitter has; burro adds what it sets itself


def environment(mode: str, env: Raw, known: dict[str, Mapping[str, str]]) -> Mapping[str, str]:
    """`all`, `clean`, or a list of names and settings over the clean one; worked out once for each."""
    if mode not in known:
        known[mode] = _chosen(mode, env)
    return known[mode]


def _is_whole(mode: str) -> bool:
    """Whether the whole environment is asked for, or only the clean one."""
    parts = [part for part in mode.split(",") if part]
    return "all" in parts or all("=" in part for part in parts)


def named(mode: str) -> dict[str, Any]:
    """The variables that somebody named: these go along also to a machine with a login environment of its own.

    `env_clean`: only these and the clean ones are wanted, so not what a scheduler sets on its nodes either.
    """
    names = [part.partition("=")[0] for part in mode.split(",") if part]
    named = sorted({name for name in names if name not in ("all", "clean")})
    clean = {} if _is_whole(mode) else {"env_clean": True}
    return {"env_named": named, **clean} if named else clean


def _chosen(mode: str, env: Raw) -> dict[str, str]:
    parts = [part for part in mode.split(",") if part]
    whole = _is_whole(mode)
    chosen = {str(name): str(value) for name, value in env.items() if whole or name in CLEAN}
    for part in parts:
        name, equals, value = part.partition("=")
        if equals:
            chosen[name] = value
        elif name in env:
            chosen[name] = str(env[name])
        elif name not in ("all", "clean"):
            raise UsageError(f"--env names {name}, which is not set here; set it, or write {name}=VALUE")
    if any("\0" in text or "=" in name or not name for name, value in chosen.items() for text in (name, value)):
        raise UsageError("the environment has a name or value that no process can get; correct --env")
    return chosen
