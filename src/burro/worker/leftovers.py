"""What a failed attempt left where its outputs were to be: noted, and set aside before somebody writes there again.

A note is `.git/burro/left/TASK.ATTEMPT.json` of the repository; what is set aside is in `.git/burro/aside/`.
Only what the attempt made itself and nobody has changed since is moved; a link that stood there comes back.
What was taken away or may be written in place is noted before the command starts, for an attempt that is killed.
Where the repository is not, nothing is done.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress

from .alternative import files

TYPE_CHECKING = False  # `typing` takes as long to import as half of the rest, and this starts with every task
if TYPE_CHECKING:
    from typing import Any, Optional

    # `mark`: inode, time of change and size, `inode` alone, `link`: where one led that stood there
    Entry = dict[str, Any]


class Leftovers:
    """Of one attempt, whose outputs are at and below `paths`: plain ones, relative to this directory."""

    def __init__(self, paths: Iterable[str], task: str, attempt: str) -> None:
        """Nothing is noted of an attempt that has no outputs of its own: others may write there too."""
        self._paths, self._task, self._name = list(paths), task, f"{task}.{attempt}"
        self._root, self._git = _repository() if self._paths else ("", None)
        self._before: set[str] = set()
        self._links: dict[str, str] = {}

    def begin(self) -> None:
        """Set aside what others have left in the way. Raises OSError."""
        if self._git is None:
            return
        there = self._there()
        for note in _notes(self._git):
            self._set_aside(note, there)
        self._before = self._there()

    def hold(self, taken: Mapping[str, str]) -> None:
        """Links of these names, relative to this directory, have given way; where each led. Raises OSError."""
        self._links = {_whole(path): target for path, target in taken.items()}
        if self._git is not None and taken:
            entries = {path: {"inode": _inode(path), "link": target} for path, target in self._links.items()}
            self._write(self._git, entries)

    def done(self) -> None:
        """The attempt has succeeded."""
        if self._git is not None and self._links:
            with suppress(OSError):
                os.unlink(self._place(self._git))

    def note(self) -> None:
        """The attempt has failed: remember what it made."""
        if self._git is None:
            return
        made = {path for path in self._there() if path not in self._before or path in self._links}
        entries = {path: {"mark": _mark(path), "link": self._links.get(path)} for path in sorted(made)}
        try:
            self._write(self._git, {path: entry for path, entry in entries.items() if not _is_as_before(path, entry)})
        except OSError as error:
            sys.stderr.write(f"burro: what the task left could not be noted: {error.strerror}\n")

    def _there(self) -> set[str]:
        return set(map(_whole, files(self._paths, os.path.realpath("."))))

    def _place(self, git: str) -> str:
        return os.path.join(git, "burro", "left", self._name + ".json")

    def _write(self, git: str, entries: Mapping[str, Entry]) -> None:
        place = self._place(git)
        if not entries:
            with suppress(FileNotFoundError):
                os.unlink(place)
            return
        os.makedirs(os.path.dirname(place), exist_ok=True)
        fresh = os.path.join(os.path.dirname(place), f".{self._name}")
        with open(fresh, "w", encoding="ascii") as file:
            json.dump(entries, file)
        os.rename(fresh, place)

    def _set_aside(self, note: str, there: set[str]) -> None:
        assert self._git is not None
        try:
            with open(note, encoding="ascii") as file:
                entries: dict[str, Entry] = json.load(file)
        except (OSError, ValueError):
            return  # another task has just taken it away
        name = os.path.basename(note)[: -len(".json")]
        aside = os.path.join(self._git, "burro", "aside", name)
        left = False
        for path, entry in entries.items():
            if not _is_left(path, entry, ours=name.rpartition(".")[0] == self._task):
                continue
            if path not in there:
                left = True
                continue
            target = os.path.join(aside, os.path.relpath(path, self._root).replace("../", ""))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            _move(path, target)
            if entry["link"]:
                os.symlink(entry["link"], path)
        if not left:
            with suppress(FileNotFoundError):  # another task has just done so
                os.unlink(note)


def _move(path: str, target: str) -> None:
    from shutil import move  # dear, and rarely needed

    move(path, target)


def _is_left(path: str, entry: Entry, *, ours: bool) -> bool:
    """Whether what is there is what the attempt left; of one that was killed little is known."""
    mark: Optional[list[int]] = entry.get("mark")
    if mark:
        return _mark(path) == mark
    found = _inode(path)
    noted = int(entry["inode"])
    return found != 0 and (found == noted or (ours and not noted))


def _is_as_before(path: str, entry: Entry) -> bool:
    """Nothing is left at a place, or the link that was there is back."""
    return entry["mark"] is None or (bool(entry["link"]) and os.path.islink(path))


def _whole(path: str) -> str:
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def _inode(path: str) -> int:
    """Of a file; 0 where there is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return 0
    return found.st_ino if stat.S_ISREG(found.st_mode) else 0


def _notes(git: str) -> list[str]:
    directory = os.path.join(git, "burro", "left")
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        return []
    return [os.path.join(directory, name) for name in names if name.endswith(".json") and not name.startswith(".")]


def _mark(path: str) -> Optional[list[int]]:
    """Inode, time of change, size: that it is still the same. None for what is neither a file nor a link, or gone."""
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
