"""Repositories below another one: which of them are its subdatasets, found by looking at directories, each once."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterable
from functools import cached_property

from ..model.footprint import ancestors, stem
from .git import MODULE, Git

_MODULES = ".gitmodules"


class Subdatasets:
    """Those below one root. Paths are relative to it, in normal form."""

    def __init__(self, root: str, is_there: Callable[[str], bool] = os.path.lexists) -> None:
        """`is_there`: whether there is something at a whole path; below what is not there is nothing."""
        self._root, self._is_there = root, is_there
        self._homes: dict[str, str] = {"": "", ".": ""}  # directory -> the repository that what is in it belongs to
        self._registered: dict[str, frozenset[str]] = {}
        self._repositories: dict[str, Git] = {}

    @cached_property
    def any(self) -> bool:
        """Whether there can be some: of most repositories this is all that is asked."""
        return os.path.lexists(os.path.join(self._root, _MODULES))

    def home(self, path: str) -> str:
        """The repository that is at a path, or in which it lies: where that is; empty for the root's own."""
        if path == ".." or path.startswith("../"):
            return ""
        if path not in self._homes:
            above = self.home(posixpath.dirname(path))
            if not self._is_there(f"{self._root}/{path}"):
                return above
            self._homes[path] = path if os.path.lexists(f"{self._root}/{path}/.git") else above
        return self._homes[path]

    def above(self, place: str) -> str:
        """The repository that another, at a place, lies in."""
        return self.home(posixpath.dirname(place))

    def chain(self, place: str) -> list[str]:
        """The repositories from below the root down to the one at a place; none for the root itself."""
        found: list[str] = []
        while place:
            found.append(place)
            place = self.above(place)
        return found[::-1]

    def is_registered(self, place: str) -> bool:
        """Whether the repository above knows of a subdataset at a place, be it here or not."""
        return place in self._known_to(self.above(place))

    def first_unknown(self, place: str) -> str:
        """Of the repositories down to the one at a place the first that is no subdataset; empty where all are."""
        return next((one for one in self.chain(place) if not self.is_registered(one)), "")

    def absent(self, path: str) -> str:
        """The subdataset that a path lies in and that is not here; empty where there is none."""
        if not self.any:
            return ""
        home = self.home(path)
        known = self._known_to(home)
        return next((one for one in ancestors(path) if one in known and one != home), "") if known else ""

    def divided(self, git: Git, paths: Iterable[str]) -> list[tuple[Git, list[str]]]:
        """Paths or patterns by the repository that they belong to, as they are called there; the root's own first."""
        if not self.any:
            return [(git, list(paths))]
        found: dict[str, list[str]] = {"": []}
        for path in paths:
            home = self.home(stem(path))
            found.setdefault(home, []).append(posixpath.relpath(path, home) if home else path)
        return [(self._at(home) if home else git, some) for home, some in found.items()]

    def _at(self, home: str) -> Git:
        if home not in self._repositories:
            self._repositories[home] = Git.at(os.path.join(self._root, home))
        return self._repositories[home]

    def _known_to(self, home: str) -> frozenset[str]:
        if home not in self._registered:
            self._registered[home] = frozenset(posixpath.join(home, one) for one in _modules(self._root, home))
        return self._registered[home]


def _modules(root: str, home: str) -> Iterable[str]:
    """Those of the list that git has as such: an entry may be left over from one that is gone."""
    file = os.path.join(root, home, _MODULES)
    if not os.path.lexists(file):
        return []
    git = Git(os.path.join(root, home), "", "")
    said = git.tried("config", "--file", file, "-z", "--get-regexp", r"^submodule\..*\.path$").stdout
    listed = [posixpath.normpath(line.partition("\n")[2]) for line in os.fsdecode(said).split("\0")[:-1]]
    return [path for path, (mode, _) in git.indexed(listed).items() if mode == MODULE]
