"""What was at the places of a task's outputs in a clone: taken away before it starts, and back once it has ended.

All of it is in `.git/burro/away/ATTEMPT/` of the clone meanwhile, under a lock. Who finds one without its lock knows
that the attempt was killed: it puts all back, and what the attempt had made is set aside.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil

from ..base.clock import now
from ..base.errors import Failed
from .alternative import copy, files
from .clone import Clone

_KEPT = 30 * 86400.0  # seconds that what was set aside stays
_NAMES = "names"  # what is declared, and what was there of it, in the order in which it is taken away


class Before:
    """What was at the places of an attempt's outputs, until it has ended."""

    def __init__(self, clone: Clone, name: str) -> None:
        self._clone, self._name = clone, name
        self.directory = os.path.join(clone.git, "burro", "away", name)
        self._end = -1

    @property
    def meanwhile(self) -> str:
        """A directory for what the attempt has made, on its way into the annex."""
        return os.path.join(self.directory, "keys")

    def lock(self) -> bool:
        """Whether nobody else has it."""
        os.makedirs(self.directory, exist_ok=True)
        try:
            self._end = os.open(os.path.join(self.directory, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            return False  # somebody else has just put it back
        try:
            fcntl.flock(self._end, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._end)
            return False
        return True

    def take(self, declared: list[str], directory: str, overwrite: str) -> None:
        """Take away what is at these places; of some a copy stays for the task. Raises Failed, OSError."""
        paths = sorted(set(files(declared, directory)))
        links = [path for path in paths if os.path.islink(path)]
        if overwrite == "refuse" and links:
            raise Failed(f"{links[0]} is there already, and --overwrite refuse was asked for")
        self.lock()
        names = os.path.join(self.directory, _NAMES)
        with open(f"{names}.new", "w", encoding="ascii") as file:
            json.dump([declared, directory, paths], file)
        os.rename(f"{names}.new", names)
        try:
            for number, path in enumerate(paths):
                os.rename(path, self._kept(number))
                if overwrite in ("unlock", "keep"):
                    copy(self._kept(number), path)
        except (Failed, OSError):
            self.put_back()
            raise

    def put_back(self) -> None:
        """All as it was."""
        for number, path in enumerate(self._read()[2]):
            if os.path.lexists(self._kept(number)):
                os.makedirs(os.path.dirname(path), exist_ok=True)
                os.replace(self._kept(number), path)
        shutil.rmtree(self.directory)
        os.close(self._end)

    def clear(self) -> None:
        """What a killed attempt has made is set aside; what it had not taken away, and what git knows, is not its."""
        declared, directory, paths = self._read()
        taken = {path for number, path in enumerate(paths) if os.path.lexists(self._kept(number))}
        made = set(files(declared, directory)) - (set(paths) - taken)
        self.set_aside(sorted(made - (self._clone.tracked(made) - taken)))

    def set_aside(self, written: list[str]) -> str:
        """Move what the attempt wrote to where one may look at it; where that is."""
        aside = os.path.join(self._clone.git, "burro", "aside", self._name)
        for path in written:
            target = os.path.join(aside, os.path.relpath(path, self._clone.root))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.replace(path, target)
        return aside

    def _kept(self, number: int) -> str:
        return os.path.join(self.directory, str(number))

    def _read(self) -> tuple[list[str], str, list[str]]:
        try:
            with open(os.path.join(self.directory, _NAMES), encoding="ascii") as file:
                declared, directory, paths = json.load(file)
        except FileNotFoundError:
            return [], self._clone.root, []  # it was killed before anything was taken
        return declared, directory, paths


def forget_old(clone: Clone) -> None:
    """What was set aside long ago goes."""
    directory = os.path.join(clone.git, "burro", "aside")
    for entry in os.scandir(directory) if os.path.isdir(directory) else ():
        if entry.is_dir(follow_symlinks=False) and entry.stat().st_mtime < now() - _KEPT:
            shutil.rmtree(entry.path, ignore_errors=True)


def put_back_dead(clone: Clone) -> None:
    """What killed attempts took away is at its place again."""
    directory = os.path.join(clone.git, "burro", "away")
    for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else ():
        before = Before(clone, name)
        if before.lock():
            before.clear()
            before.put_back()
