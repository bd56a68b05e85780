"""Group mode: results are for the directory's group, and for nobody else."""

from __future__ import annotations

import os
import stat

from .files import open_dir


def give_to_group(end: int, group: int, *, only: str | None = None) -> None:
    """Give what is ours in an open folder to a group: it may do what its owner may, others nothing.

    Links are not followed, and what has another name elsewhere is left as it is: it may be part of something else.
    """
    if only is not None:
        _give(end, only, group)
        return
    with os.scandir(end) as entries:
        names = [entry.name for entry in entries]
    for name in names:
        found = os.stat(name, dir_fd=end, follow_symlinks=False)
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
            below = open_dir(name, under=end)
            try:
                give_to_group(below, group)
            finally:
                os.close(below)
        else:
            _give(end, name, group)
    _give_open(end, group)


def _give(under: int, name: str, group: int) -> None:
    try:
        end = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=under)
    except FileNotFoundError:
        return
    try:
        _give_open(end, group)
    finally:
        os.close(end)


def _give_open(end: int, group: int) -> None:
    """By the descriptor: the name may be something else meanwhile."""
    found = os.fstat(end)
    is_dir = stat.S_ISDIR(found.st_mode)
    ours = found.st_uid == os.geteuid() and (is_dir or (stat.S_ISREG(found.st_mode) and found.st_nlink == 1))
    if not ours:
        return
    path = f"/proc/self/fd/{end}"
    mode = found.st_mode & 0o700
    os.chown(path, -1, group)
    os.chmod(path, mode | mode >> 3 | (0o2000 if is_dir else 0))
