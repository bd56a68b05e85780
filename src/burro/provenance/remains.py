"""What is in the way of nobody and of use to nobody any more, in the repository's own directory."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress

from ..base.clock import now
from .git import Git

_KEPT = 30 * 86400.0  # seconds that what a failed attempt left is kept


def discard_old(git: Git) -> None:
    """Remove what was set aside long ago of attempts that had failed, and notes as old of what they left.

    Those of a further worktree lie in its own directory (worker/leftovers.py).
    """
    for directory in {git.shared, git.directory}:
        for entry in _old(os.path.join(directory, "burro", "aside")):
            shutil.rmtree(entry, ignore_errors=True)
        for entry in _old(os.path.join(directory, "burro", "left")):
            with suppress(OSError):
                os.unlink(entry)


def _old(place: str) -> list[str]:
    try:
        return [entry.path for entry in os.scandir(place) if entry.stat(follow_symlinks=False).st_mtime < now() - _KEPT]
    except FileNotFoundError:
        return []


def discard_report(git: Git, pid: int) -> None:
    """Remove the report that a `git fast-import` writes when it gives up: what it said is told to the user."""
    path = os.path.join(git.directory, f"fast_import_crash_{pid}")
    if os.path.exists(path):
        os.unlink(path)
