"""What a failed attempt left where its outputs were to be: noted, and set aside before somebody writes there again.

A note is `.git/burro/left/TASK.ATTEMPT.json` of the repository; what is set aside is in `.git/burro/aside/`.
Only what the attempt made itself and nobody has changed since is moved; a link that stood there comes back. Where one
stood that is done as soon as the attempt has failed, so that nothing half-made is taken for the file that git knows.
An attempt that is killed cannot tell what it made. So what was not there, and what was taken away, is noted before the
command starts (`TASK.ATTEMPT.begun`): who writes at such a place later knows that nobody else does, for it is reserved,
and that what it finds there is what was left. Where the repository is not, nothing is done.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress

from ..base.failpoint import hit
from .alternative import files
from .matching import is_literal

TYPE_CHECKING = False  # `typing` takes as long to import as half of the rest, and this starts with every task
if TYPE_CHECKING:
    from typing import Any, Optional

    Entry = dict[str, Any]  # `mark`: inode, time of change and size, `link`: where one led that stood there
    Repository = tuple[str, Optional[str]]

_FAILED, _BEGUN = ".json", ".begun"


class Leftovers:
    """Of one attempt, whose outputs are at and below `paths`: plain ones, relative to this directory."""

    def __init__(self, paths: Iterable[str], name: str, repository: Optional[Repository] = None) -> None:
        """Nothing is noted of an attempt that has no outputs of its own: others may write there too.

        `name`: TASK.ATTEMPT. `repository`: the one that they lie in, else that of this directory.
        """
        self._paths, self._name = list(paths), name
        self._root, self._git = repository or (repository_of(".") if self._paths else ("", None))
        self._before: set[str] = set()
        self._links: dict[str, str] = {}
        self._begun: dict[str, Optional[str]] = {}  # places that are written to now, and where a link there led

    def begin(self) -> None:
        """Set aside what others have left in the way. Raises OSError."""
        if self._git is None:
            return
        there = self._there()
        for note in _notes(self._git, _FAILED):
            self._set_aside(note, there)
        for note in _notes(self._git, _BEGUN):
            self._take_over(note, there)
        self._before = self._there()

    def hold(self, taken: Mapping[str, str]) -> None:
        """The command starts; links of these names, relative to this directory, have given way. Raises OSError."""
        self._links = {_whole(path): target for path, target in taken.items()}
        if self._git is None:
            return
        new = [path for path in map(_whole, self._paths) if is_literal(path) and not os.path.lexists(path)]
        self._begun = {**dict.fromkeys(new), **self._links}
        self._write(self._place(self._git, _BEGUN), self._begun)

    @contextmanager
    def in_turn(self) -> Iterator[None]:
        """Tasks that share their outputs make way for them one after another, each before its command starts."""
        git = None if self._paths else repository_of(".")[1]
        if git is None:
            yield
            return
        os.makedirs(os.path.join(git, "burro"), exist_ok=True)
        with open(os.path.join(git, "burro", "way.lock"), "w", encoding="ascii") as file:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def done(self) -> None:
        """The attempt has succeeded."""
        if self._git is not None and self._begun:
            _unlink(self._place(self._git, _BEGUN))

    def note(self) -> None:
        """The attempt has failed: remember what it made, and let links that stood there be back."""
        if self._git is None:
            return
        made = {path for path in self._there() if path not in self._before or path in self._links}
        entries = {path: {"mark": _mark(path), "link": self._links.get(path)} for path in sorted(made)}
        left = {path: entry for path, entry in entries.items() if not _is_as_before(path, entry)}
        note = self._place(self._git, _FAILED)
        hit("aside.before_note")
        try:
            self._write(note, left)
            _unlink(self._place(self._git, _BEGUN))
            replaced = self._links.keys() & left
            for path in replaced:
                self._lay_aside(note, path, self._links[path])
            if replaced:
                self._write(note, {path: entry for path, entry in left.items() if path not in replaced})
        except OSError as error:
            sys.stderr.write(f"burro: what the task left could not be set aside: {error.strerror}\n")

    def _there(self) -> set[str]:
        return set(map(_whole, files(self._paths, os.path.realpath("."))))

    def _place(self, git: str, kind: str) -> str:
        return os.path.join(git, "burro", "left", self._name + kind)

    def _write(self, place: str, entries: Mapping[str, Any]) -> None:
        if not entries:
            _unlink(place)
            return
        os.makedirs(os.path.dirname(place), exist_ok=True)
        fresh = os.path.join(os.path.dirname(place), f".{self._name}")
        with open(fresh, "w", encoding="ascii") as file:
            json.dump(entries, file)
        os.rename(fresh, place)

    def _set_aside(self, note: str, there: set[str]) -> None:
        """What an attempt has left that could tell, as far as it is in the way here."""
        left = False
        for path, entry in _read(note).items():
            if not entry["mark"] or _mark(path) != entry["mark"]:
                self._lay_back(note, path, entry["link"])
                continue
            if path in there:
                self._lay_aside(note, path, entry["link"])
            else:
                left = True
        if not left:
            _unlink(note)

    def _take_over(self, note: str, there: set[str]) -> None:
        """What an attempt has left that was killed, where this one writes now."""
        entries = _read(note)
        ours = {path: link for path, link in entries.items() if path in there or self._writes(path)}
        for path, link in ours.items():
            if os.path.lexists(path) and not (link and os.path.islink(path)):
                self._lay_aside(note, path, link)
        if ours:
            self._write(note, {path: link for path, link in entries.items() if path not in ours})

    def _writes(self, path: str) -> bool:
        return any(path == one or path.startswith(f"{one}/") for one in map(_whole, self._paths))

    def _lay_back(self, note: str, path: str, link: Optional[str]) -> None:
        """The link of a place, where who set aside what had come there was killed before that."""
        if link and not os.path.lexists(path) and os.path.lexists(self._aside(note, path)):
            os.symlink(link, path)

    def _aside(self, note: str, path: str) -> str:
        assert self._git is not None
        name = os.path.basename(note).rpartition(".")[0]
        inside = os.path.relpath(path, self._root).replace("../", "")
        return os.path.join(self._git, "burro", "aside", name, inside)

    def _lay_aside(self, note: str, path: str, link: Optional[str]) -> None:
        target = self._aside(note, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        _move(path, target)
        hit("aside.after_move")
        if link:
            os.symlink(link, path)


def _read(note: str) -> dict[str, Any]:
    """Nothing, where another task has just taken it away."""
    try:
        with open(note, encoding="ascii") as file:
            found: dict[str, Any] = json.load(file)
    except (OSError, ValueError):
        return {}
    return found


def _unlink(path: str) -> None:
    with suppress(FileNotFoundError):  # another task has just done so
        os.unlink(path)


def _move(path: str, target: str) -> None:
    from shutil import move  # dear, and rarely needed

    move(path, target)


def _is_as_before(path: str, entry: Entry) -> bool:
    """Nothing is left at a place, or the link that was there is back."""
    return entry["mark"] is None or (bool(entry["link"]) and os.path.islink(path))


def _whole(path: str) -> str:
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def _notes(git: str, kind: str) -> list[str]:
    directory = os.path.join(git, "burro", "left")
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        return []
    return [os.path.join(directory, name) for name in names if name.endswith(kind) and not name.startswith(".")]


def _mark(path: str) -> Optional[list[int]]:
    """Inode, time of change, size: that it is still the same. None for what is neither a file nor a link, or gone."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    plain = stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode)
    return [found.st_ino, found.st_mtime_ns, found.st_size] if plain else None


def repository_of(place: str) -> Repository:
    """The worktree that a directory lies in, and where git keeps what is of that; None where it is in none."""
    directory = os.path.realpath(place)
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
