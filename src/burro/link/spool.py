"""Words as files in a directory that two machines share: `QUEUE/folder/WORKER.RANDOM/up` and `down`.

Each direction has one writer, whose files are numbered. A file is written, synced and renamed, so that it is there
whole or not at all; its reader removes it. One directory is one connection: who finds it gone knows that the other end
went.
"""

from __future__ import annotations

import os
import secrets
import shutil

from .knock import see_anew

FOLDER = "folder"
UP, DOWN = "up", "down"  # to the server, to the worker
UNDER_WAY = 16  # files that nobody has read yet: more are not written before these are gone
_MOST = 2**20  # bytes of one file, and about as many of one look


class Spool:
    """One end of a connection. `out`, `into`: the directory it writes to, and the one it reads."""

    def __init__(self, directory: str, *, out: str, into: str) -> None:
        self.directory = directory
        self._out, self._into = os.path.join(directory, out), os.path.join(directory, into)
        self._written = self._read = 0

    @classmethod
    def make(cls, queue: str, name: str) -> Spool:
        """A new connection, as a worker begins it. Raises OSError."""
        folder = os.path.join(queue, FOLDER)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        own = f"{name}.{secrets.token_hex(4)}"
        draft = os.path.join(folder, f".{own}")
        for part in (UP, DOWN):
            os.makedirs(os.path.join(draft, part), mode=0o700)
        os.rename(draft, os.path.join(folder, own))
        return cls(os.path.join(folder, own), out=UP, into=DOWN)

    @property
    def is_full(self) -> bool:
        """Whether the reader is behind. Raises OSError where the connection is over."""
        oldest = self._written + 1 - UNDER_WAY
        see_anew(self._out)
        return oldest > 0 and os.path.exists(_file(self._out, oldest))

    def put(self, chunk: bytes) -> None:
        """Write one file. Raises OSError: then nobody will read it."""
        draft = os.path.join(self._out, ".draft")
        end = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with open(end, "wb", buffering=0) as file:
            file.write(chunk)
            os.fsync(end)
        os.rename(draft, _file(self._out, self._written + 1))
        self._written += 1

    def write(self, text: bytes) -> bytes:
        """Write as much as the reader takes; what is left. Raises OSError where the connection is over."""
        while text and not self.is_full:
            self.put(text[:_MOST])
            text = text[_MOST:]
        return text

    def take(self) -> bytes:
        """What has come, in its order. Raises OSError where the connection is over."""
        see_anew(self._into)
        found = b""
        while len(found) < _MOST:
            path = _file(self._into, self._read + 1)
            try:
                with open(path, "rb") as file:
                    found += file.read()
            except FileNotFoundError:
                break
            self._read += 1
            os.unlink(path)
        return found

    def close(self) -> None:
        """Put an end to the connection: the other end, which may be writing, finds it gone as a whole."""
        folder, name = os.path.split(self.directory)
        gone = os.path.join(folder, f".{name}.gone")
        try:
            os.rename(self.directory, gone)
        except OSError:
            return
        shutil.rmtree(gone, ignore_errors=True)


def connections(queue: str) -> list[str]:
    """The directories of all connections that were begun, newest last. Raises OSError."""
    folder = os.path.join(queue, FOLDER)
    try:
        see_anew(folder)
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    return [os.path.join(folder, name) for name in sorted(names) if not name.startswith(".")]


def _file(directory: str, number: int) -> str:
    return os.path.join(directory, f"{number:010}")
