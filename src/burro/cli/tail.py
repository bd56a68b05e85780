"""A growing file, read from where it was left."""

from __future__ import annotations

import os
import stat

BLOCK = 1 << 20


class Tail:
    """The bytes of a file that were not read yet. A file that is not there, or is no plain file, has none."""

    def __init__(self, path: str, *, lines: int | None = None) -> None:
        """`lines`: begin so many lines before the end (None: at the start)."""
        self.path = path
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
            opened = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return False
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            os.close(opened)
            return False
        self._file = opened
        if self._lines is not None:
            os.lseek(opened, start_of_lines(opened, self._lines), os.SEEK_SET)
        return True


def start_of_lines(file: int, lines: int) -> int:
    """Where the last `lines` lines of an open file begin, looking from its end."""
    end = place = os.fstat(file).st_size
    left = lines
    while place > 0:
        start = max(0, place - BLOCK)
        block = os.pread(file, place - start, start)
        if place == end and block.endswith(b"\n"):
            left += 1  # the newline that ends the last line begins none
        at = len(block)
        while left and (at := block.rfind(b"\n", 0, at)) >= 0:
            left -= 1
        if not left:
            return start + at + 1
        place = start
    return 0
