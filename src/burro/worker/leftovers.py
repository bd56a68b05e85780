"""What a failed attempt left where its outputs were to be: noted, and set aside before somebody writes there again.

A note is `.git/burro/left/TASK.ATTEMPT.json` of the repository; what is set aside is in `.git/burro/aside/`.
Only what the attempt made itself and nobody has changed since is moved. Where the repository is not, nothing is done.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
from collections.abc import Iterable
from typing import Optional

from .alternative import files

Mark = list[int]  # inode, time of change, size: that it is still the same file


class Leftovers:
    """Of one attempt, whose outputs are at and below `paths`: plain ones, relative to this directory."""

    def __init__(self, paths: Iterable[str], name: str) -> None:
        """Nothing is noted of an attempt that has no outputs of its own: others may write there too."""
        self._paths, self._name = list(paths), name
        self._root, self._git = _repository() if self._paths else ("", None)
        self._before: set[str] = set()

    def _there(self) -> set[str]:
        return {os.path.join(os.path.realpath(os.path.dirname(one)), os.path.basename(one)) for one in self._now()}

    def _now(self) -> Iterable[str]:
        return files(self._paths, os.path.realpath("."))

    def begin(self) -> None:
        """Set aside what others have left in the way. Raises OSError."""
        if self._git is None:
            return
        there = self._there()
        for note in _notes(self._git):
            self._set_aside(note, there)
        self._before = self._there()

    def note(self) -> None:
        """The attempt has failed: remember what it made."""
        if self._git is None:
            return
        try:
            self._write(self._git)
        except OSError as error:
            sys.stderr.write(f"burro: what the task left could not be noted: {error.strerror}\n")

    def _write(self, git: str) -> None:
        made = self._there() - self._before
        marks = {path: mark for path in sorted(made) if (mark := _mark(path)) is not None}
        if not marks:
            return
        directory = os.path.join(git, "burro", "left")
        os.makedirs(directory, exist_ok=True)
        fresh = os.path.join(directory, f".{self._name}")
        with open(fresh, "w", encoding="ascii") as file:
            json.dump(marks, file)
        os.rename(fresh, os.path.join(directory, self._name + ".json"))

    def _set_aside(self, note: str, there: set[str]) -> None:
        assert self._git is not None
        try:
            with open(note, encoding="ascii") as file:
                marks: dict[str, Mark] = json.load(file)
        except (OSError, ValueError):
            return  # another task has just taken it away
        name = os.path.basename(note)[: -len(".json")]
        aside = os.path.join(self._git, "burro", "aside", name)
        left = False
        for path, mark in marks.items():
            if _mark(path) != mark:
                continue
            if path not in there:
                left = True
                continue
            target = os.path.join(aside, os.path.relpath(path, self._root).replace("../", ""))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.move(path, target)
        if not left:
            os.unlink(note)


def _notes(git: str) -> list[str]:
    directory = os.path.join(git, "burro", "left")
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        return []
    return [os.path.join(directory, name) for name in names if name.endswith(".json") and not name.startswith(".")]


def _mark(path: str) -> Optional[Mark]:
    """None for what is neither a file nor a link, or gone."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    plain = stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode)
    return [found.st_ino, found.st_mtime_ns, found.st_size] if plain else None


def _repository() -> tuple[str, Optional[str]]:
    """The worktree that this directory lies in, and where git keeps what is of that; None where it is in none."""
    directory = os.path.realpath(".")
    while True:
        path = os.path.join(directory, ".git")
        if os.path.isdir(path):
            return directory, path
        if os.path.lexists(path):
            return directory, _named_in(path)
        if directory == "/":
            return directory, None
        directory = os.path.dirname(directory)


def _named_in(path: str) -> Optional[str]:
    """The directory that the `.git` of a further worktree, or of a submodule, names."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            word, _, name = file.read().rstrip("\n").partition(": ")
    except OSError:
        return None
    found = os.path.normpath(os.path.join(os.path.dirname(path), name))
    return found if word == "gitdir" and os.path.isdir(found) else None
