"""The files that a declared path stands for where a task runs: itself, or as a pattern others."""

from __future__ import annotations

import glob
import os

_WILD = frozenset("*?[")


def is_literal(path: str) -> bool:
    """It stands for itself: it has nothing of a pattern, or there is something of just that name."""
    return _WILD.isdisjoint(path) or os.path.lexists(path)


def matches(path: str) -> list[str]:
    """What is there of it. A plain path is given back, whether it is there or not."""
    return [path] if is_literal(path) else sorted(glob.glob(path, recursive=True))


def trunk(path: str) -> str:
    """The directory that has to be there before something of this name can be made."""
    parts = path.split("/")
    wild = [at for at, part in enumerate(parts) if not _WILD.isdisjoint(part)]
    return "/".join(parts[: wild[0] if wild else -1])
