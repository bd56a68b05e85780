"""Word of changes from the kernel (inotify(7)): only of those made on this machine, so only for local file systems."""

from __future__ import annotations

import ctypes
import os
import struct
from dataclasses import dataclass

_CLOSE_WRITE, _MOVED_FROM, MOVED_TO, _CREATE, _DELETE = 0x8, 0x40, 0x80, 0x100, 0x200
_ONLYDIR, _OVERFLOW = 0x01000000, 0x4000
COMES = _CLOSE_WRITE | MOVED_TO | _CREATE | _ONLYDIR
CHANGES = _MOVED_FROM | MOVED_TO | _CREATE | _DELETE | _ONLYDIR
_HEAD = struct.Struct("iIII")
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Word:
    """Something happened to `name` in a directory; `moved`: it was renamed into it. Without a name: much was missed."""

    path: str
    name: str
    moved: bool


class Notice:
    """Descriptor and directories. Raises OSError where the kernel has no more room for such a thing."""

    def __init__(self) -> None:
        self.end = _libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        if self.end < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1")
        self._paths: dict[int, str] = {}

    def watch(self, path: str, mask: int) -> None:
        """Hear of this directory from now on."""
        number = _libc.inotify_add_watch(self.end, os.fsencode(path), mask)
        if number < 0:
            raise OSError(ctypes.get_errno(), "inotify_add_watch", path)
        self._paths[number] = path

    def words(self) -> list[Word]:
        """What was heard since last time."""
        found: list[Word] = []
        while True:
            try:
                chunk = os.read(self.end, 1 << 16)
            except BlockingIOError:
                return found
            place = 0
            while place < len(chunk):
                number, mask, _, size = _HEAD.unpack_from(chunk, place)
                place += _HEAD.size + size
                name = os.fsdecode(chunk[place - size : place].rstrip(b"\0"))
                path = "" if mask & _OVERFLOW else self._paths.get(number, "")
                found.append(Word(path, name, bool(mask & MOVED_TO)))

    def close(self) -> None:
        """Hear nothing more."""
        os.close(self.end)
