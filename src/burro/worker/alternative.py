"""A task that runs in another directory (`--alt-dir`): its inputs are copied there, its outputs back once it is done.

The layout there is that of the repository. What is copied is compared in size, and takes its place only when all is
there, whole; nothing comes back from a task that failed, whose directory stays to be looked at.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from ..base.errors import Failed
from ..model.scheduled import ANNEX
from .matching import is_literal, matches

TYPE_CHECKING = False  # `typing` takes as long to import as half of the rest, and this starts with every task
if TYPE_CHECKING:
    from typing import Any, Optional


class Alternative:
    """The directory of one attempt. `root`: the repository's, from the task's own directory."""

    def __init__(self, wish: dict[str, Any], name: str) -> None:
        self._here = os.path.realpath(".")
        self._root = os.path.realpath(wish["root"])
        self.top = os.path.join(os.path.realpath(os.path.expanduser(wish["alternative"])), name)
        self.directory = os.path.normpath(os.path.join(self.top, os.path.relpath(self._here, self._root)))

    def fill(self, reads: Iterable[str]) -> None:
        """Bring what the task reads. Raises Failed, OSError."""
        os.makedirs(self.top, mode=0o700)
        os.makedirs(self.directory, exist_ok=True)
        reads = list(reads)
        for given in reads:
            if is_literal(given) and not os.path.exists(given):
                raise Failed(f"the input {given} is not here, and so cannot be brought to {self.top}")
        copies, links = {}, {}
        for path in files(reads, self._here, through=True):
            there = os.path.join(self.top, os.path.relpath(path, self._root))
            if os.path.isfile(path):
                copies[there] = path
            elif ANNEX in os.readlink(path):
                raise Failed(f"the content of the input {path} is not here; get it first: datalad get {path}")
            else:
                links[there] = os.readlink(path)
        bring(copies, links)

    def give_up(self) -> None:
        """The task does not start, and nobody has made anything there."""
        from shutil import rmtree  # dear, and rarely needed

        rmtree(self.top, ignore_errors=True)

    def bring_back(self, writes: Iterable[str]) -> None:
        """Bring what the task wrote, and remove the directory. Raises Failed, OSError."""
        copies, links = {}, {}
        found = set(files(writes, self.directory))
        known = found | {above for path in found for above in _above(path, self.top)}
        for path in found:
            target = self._leads(path, known) if os.path.islink(path) else None
            if target is None:
                copies[self._home(path)] = path
            else:
                links[self._home(path)] = target
        bring(copies, links)
        from shutil import rmtree

        rmtree(self.top)

    def _home(self, path: str) -> str:
        return os.path.join(self._root, os.path.relpath(path, self.top))

    def _leads(self, path: str, known: set[str]) -> Optional[str]:
        """What a link says at home; None where its content has to come in its place, for that is no output."""
        target = os.readlink(path)
        end = os.path.normpath(os.path.join(os.path.dirname(path), target))
        if end != self.top and not end.startswith(self.top + "/"):
            return target
        home = self._home(end)
        if end in known or os.path.lexists(home) or not os.path.exists(path):
            return os.path.relpath(home, os.path.dirname(self._home(path))) if os.path.isabs(target) else target
        if os.path.isdir(path):
            raise Failed(f"{path} leads to the directory {end}, which is no output")
        return None


def files(paths: Iterable[str], directory: str, *, through: bool = False) -> Iterator[str]:
    """The files and links at and below paths or patterns that are relative to a directory.

    `through`: a link to a directory stands for what is in that, where it is named itself.
    """
    for given in paths:
        for path in matches(os.path.normpath(os.path.join(directory, given))):
            if os.path.isdir(path) and (through or not os.path.islink(path)):
                yield from _below(path)
            elif os.path.isfile(path) or os.path.islink(path):
                yield path


def _below(path: str) -> Iterator[str]:
    for directory, below, names in os.walk(path):
        below[:] = [name for name in below if name != ".git"]
        for whole in (os.path.join(directory, name) for name in [*below, *names]):
            if os.path.islink(whole) or os.path.isfile(whole):
                yield whole


def _above(path: str, top: str) -> Iterator[str]:
    while path not in {top, "/"}:
        path = os.path.dirname(path)
        yield path


def bring(copies: dict[str, str], links: dict[str, str]) -> None:
    """Make files with the contents of others, and links with a text: all are there, whole, before the first counts."""
    made: list[str] = []
    try:
        for target in [*copies, *links]:
            if os.path.isdir(target) and not os.path.islink(target):
                raise Failed(f"{target} is a directory, and a file was to take its place")
            os.makedirs(os.path.dirname(target), exist_ok=True)
            made.append(f"{target}.burro-{os.getpid()}")
            if target in links:
                os.symlink(links[target], made[-1])
            else:
                copy(copies[target], made[-1])
        for fresh, target in zip(made, [*copies, *links]):
            os.replace(fresh, target)
    finally:
        for fresh in made:
            if os.path.lexists(fresh):
                os.unlink(fresh)


def copy(source: str, fresh: str) -> None:
    """The content of a file, also of one that is a link of git-annex."""
    from shutil import copy2

    copy2(source, fresh)
    os.chmod(fresh, os.stat(fresh).st_mode | 0o200)
    if os.path.getsize(fresh) != os.path.getsize(source):
        raise Failed(f"{source} changed while it was copied")
