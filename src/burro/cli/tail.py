"""A growing file, read from where it was left."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from typing import Protocol

from ..api.reading import FarFile

BLOCK = 1 << 20
Pread = Callable[[int, int], bytes]  # how many bytes, from where


class Growing(Protocol):
    """What is read as it grows."""

    @property
    def away(self) -> str | None:
        """The pool where it lies, where that cannot be reached now."""

    @property
    def opened(self) -> bool:
        """Whether there was something to read."""

    def read(self) -> bytes:
        """At most a block of what is new; empty where nothing is."""

    def close(self) -> None:
        """Read no more."""


class Tail:
    """The bytes of a file that were not read yet. A file that is not there, or is no plain file, has none."""

    def __init__(self, path: str, *, lines: int | None = None) -> None:
        """`lines`: begin so many lines before the end (None: at the start)."""
        self.away = None
        self._path = path
        self._lines = lines
        self._file = -1

    @property
    def opened(self) -> bool:
        """Whether the file was there to be read."""
        return self._file >= 0

    def read(self) -> bytes:
        """At most a block of what is new; empty where nothing is."""
        if self._file < 0 and not self._open():
            return b""
        return os.read(self._file, BLOCK)

    def close(self) -> None:
        """Read no more."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def _open(self) -> bool:
        # O_NONBLOCK: opening a named pipe would wait for its writer, and reading it would steal what it carries.
        try:
            opened = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return False
        found = os.fstat(opened)
        if not stat.S_ISREG(found.st_mode):
            os.close(opened)
            return False
        self._file = opened
        if self._lines is not None:
            place = start_of_lines(lambda size, at: os.pread(opened, size, at), found.st_size, self._lines)
            os.lseek(opened, place, os.SEEK_SET)
        return True


class FarTail:
    """The same of a file that only the server can read."""

    def __init__(self, file: FarFile, *, lines: int | None = None) -> None:
        """`lines`: begin so many lines before the end (None: at the start)."""
        self._file = file
        self._lines = lines
        self._place: int | None = None if lines is not None else 0

    @property
    def away(self) -> str | None:
        """The pool where it lies, where that cannot be reached now."""
        return self._file.away

    @property
    def opened(self) -> bool:
        """Whether the file was there to be read."""
        return self._file.size is not None

    def read(self) -> bytes:
        """At most a block of what is new; empty where nothing is."""
        if self._place is None:
            self._file.block(0, 0)
            if self._file.size is None:
                return b""
            self._place = start_of_lines(lambda size, at: self._file.block(at, size), self._file.size, self._lines or 0)
        block = self._file.block(self._place)
        self._place += len(block)
        return block

    def close(self) -> None:
        """Read no more."""


def start_of_lines(pread: Pread, end: int, lines: int) -> int:
    """Where the last `lines` lines of a file of `end` bytes begin, looking from its end."""
    place = end
    left = lines
    while place > 0:
        start = max(0, place - BLOCK)
        block = pread(place - start, start)
        if place == end and block.endswith(b"\n"):
            left += 1  # the newline that ends the last line begins none
        at = len(block)
        while left and (at := block.rfind(b"\n", 0, at)) >= 0:
            left -= 1
        if not left:
            return start + at + 1
        place = start
    return 0
