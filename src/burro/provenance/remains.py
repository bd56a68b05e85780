"""What is in the way of nobody and of use to nobody any more, in the repository's own directory."""

from __future__ import annotations

import os
import shutil

from ..base.clock import now
from .git import Git

_KEPT = 30 * 86400.0  # seconds that what a failed attempt left is kept


def discard_old(git: Git) -> None:
    """Remove what was set aside long ago of attempts that had failed (worker/leftovers.py)."""
    place = os.path.join(git.shared, "burro", "aside")
    try:
        there = [entry for entry in os.scandir(place) if entry.is_dir(follow_symlinks=False)]
        old = [entry for entry in there if entry.stat(follow_symlinks=False).st_mtime < now() - _KEPT]
    except FileNotFoundError:
        return
    for entry in old:
        shutil.rmtree(entry.path, ignore_errors=True)


def discard_report(git: Git, pid: int) -> None:
    """Remove the report that a `git fast-import` writes when it gives up: what it said is told to the user."""
    path = os.path.join(git.directory, f"fast_import_crash_{pid}")
    if os.path.exists(path):
        os.unlink(path)
