"""A small log file that cannot grow without bound; environment values never come here."""

from __future__ import annotations

import os

from .clock import iso, now

LARGEST = 2**20


class Log:
    """Lines in a file (0600); at LARGEST bytes the file becomes `.1` and a new one begins."""

    def __init__(self, path: str, role: str) -> None:
        self._path = path
        self._role = role

    def say(self, text: str) -> None:
        """Add a line. A full disk loses the line, nothing else."""
        line = f"{iso(now())} {self._role} {os.getpid()} {text}\n"
        try:
            end = os.open(self._path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            try:
                os.write(end, line.encode("utf-8", "backslashreplace"))
                if os.fstat(end).st_size > LARGEST:
                    os.rename(self._path, self._path + ".1")
            finally:
                os.close(end)
        except OSError:
            return
