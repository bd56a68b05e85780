"""A task that runs in another directory (`--alt-dir`): its inputs are copied there, its outputs back once it is done.

The layout there is that of the repository. What is copied is compared in size, and comes under its name only when it is
whole; nothing comes back from a task that failed, whose directory stays to be looked at.
"""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Iterable, Iterator
from typing import Any

from ..base.errors import Failed

_WILD = frozenset("*?[")


class Alternative:
    """The directory of one attempt. `root`: the repository's, from the task's own directory."""

    def __init__(self, wish: dict[str, Any], name: str) -> None:
        self._here = os.path.realpath(".")
        self._root = os.path.realpath(wish["root"])
        self.top = os.path.join(os.path.expanduser(wish["alternative"]), name)
        self.directory = os.path.normpath(os.path.join(self.top, os.path.relpath(self._here, self._root)))

    def fill(self, reads: Iterable[str]) -> None:
        """Bring what the task reads. Raises Failed, OSError."""
        os.makedirs(self.directory, mode=0o700)
        for path in files(reads, self._here):
            _copy(path, os.path.join(self.top, os.path.relpath(path, self._root)))

    def bring_back(self, writes: Iterable[str]) -> None:
        """Bring what the task wrote, and remove the directory. Raises Failed, OSError."""
        for path in files(writes, self.directory):
            _copy(path, os.path.join(self._root, os.path.relpath(path, self.top)))
        shutil.rmtree(self.top)


def files(paths: Iterable[str], directory: str) -> Iterator[str]:
    """The files at and below paths or patterns that are relative to a directory."""
    for given in paths:
        whole = os.path.normpath(os.path.join(directory, given))
        for path in [whole] if _WILD.isdisjoint(given) else sorted(glob.glob(whole, recursive=True)):
            if not os.path.isdir(path):
                yield from [path] if os.path.exists(path) else []
                continue
            for below, names, files in os.walk(path, followlinks=False):
                names[:] = [name for name in names if name != ".git"]
                yield from (os.path.join(below, file) for file in files if os.path.exists(os.path.join(below, file)))


def _copy(source: str, target: str) -> None:
    """The content of a file, also of one that is a link of git-annex."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    fresh = f"{target}.burro-{os.getpid()}"
    try:
        shutil.copy2(source, fresh)
        os.chmod(fresh, os.stat(fresh).st_mode | 0o200)
        if os.path.getsize(fresh) != os.path.getsize(source):
            raise Failed(f"{source} changed while it was copied to {target}")
        os.replace(fresh, target)
    finally:
        if os.path.lexists(fresh):
            os.unlink(fresh)
