"""Contents that stay where they were made: a link here, and a note where its content is."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from . import keys
from .annex import Annex
from .declared import Ground
from .ended import Ended
from .git import Git

_KEY = re.compile(r"[A-Z0-9_]+(-[smSC]\d+)*--[^\s/]+")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def place(git: Git, ground: Ground, ended: Ended) -> list[str]:
    """Put the links into the worktree, where they are outputs like others; why that cannot be, of some."""
    if not ended.stays:
        return []
    annex = Annex.of(git)
    if not annex or not annex.lies_as_known():
        return ["its contents are elsewhere, and this repository has no annex of the usual layout that could name them"]
    if not _UUID.fullmatch(ended.stays_in):
        return [f"its contents are elsewhere, and '{ended.stays_in}' is no uuid of an annex"]
    return [why for path, key in ended.stays.items() if (why := _placed(git, ground, path, key))]


def _placed(git: Git, ground: Ground, path: str, key: str) -> str:
    normal, full = ground.relative(path, "."), os.path.join(git.root, path)
    trouble = ground.trouble(normal)
    if trouble:
        return f"{path}, whose content is elsewhere, {trouble}"
    if not _KEY.fullmatch(key):
        return f"'{key}', said to be the content of {path}, is no key of git-annex"
    if os.path.lexists(full) and not os.path.islink(full):
        return f"{path} is here already, and its content is said to be elsewhere; move one of them away"
    os.makedirs(os.path.dirname(full), exist_ok=True)
    if os.path.islink(full):
        os.unlink(full)
    os.symlink(keys.link_to(key, normal), full)
    return ""


def settle(git: Git, ended: Sequence[Ended]) -> None:
    """Note where these contents are."""
    annex = Annex.of(git)
    places: dict[str, set[str]] = {}
    for job in ended:
        places.setdefault(job.stays_in, set()).update(job.stays.values())
    for where, present in places.items():
        if annex and present:
            annex.settle(sorted(present), where=where)
