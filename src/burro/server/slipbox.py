"""The directories of slips: QUEUE/direct/MARK, one for what was asked for together. All of it in threads."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..base.paths import make_private_dir
from ..link.slips import BEAT, BEGUN, ENDED, JOB, Slip, path_of, put, put_first, read, sync

Seat = tuple[str, int]  # mark, index of the task
LOG = "said.log"
_TAIL = 2000  # bytes of what burro's part said


class Found(NamedTuple):
    """What a task has put down."""

    begun: Slip | None = None
    ended: Slip | None = None


class SlipBox:
    """`directory`: where all of a queue lie."""

    def __init__(self, directory: str) -> None:
        self.directory = directory

    def of(self, mark: str) -> str:
        """Where those lie that belong to one mark."""
        return os.path.join(self.directory, mark)

    def begin(self, mark: str, job: Slip) -> None:
        """What is to be run. Raises OSError."""
        make_private_dir(self.directory)
        make_private_dir(self.of(mark))
        put(os.path.join(self.of(mark), JOB), job)

    def revoke(self, seats: Iterable[Seat]) -> set[Seat]:
        """Let these never begin; those of them that had not. Where nobody can say they may have."""
        won = {seat for seat in seats if self._revoke(seat)}
        unsynced = self._unsynced({mark for mark, _ in won})
        return {seat for seat in won if seat[0] not in unsynced}

    def _unsynced(self, marks: Iterable[str]) -> set[str]:
        """Those whose directory may not be on disk; one that is gone needs nothing."""
        left = set()
        for mark in marks:
            try:
                sync(self.of(mark))
            except FileNotFoundError:
                continue
            except OSError:
                left.add(mark)
        return left

    def _revoke(self, seat: Seat) -> bool:
        path = path_of(self.of(seat[0]), seat[1], BEGUN)
        try:
            return put_first(path, {"revoked": True}, synced=False) or bool((read(path) or {}).get("revoked"))
        except FileNotFoundError:
            return True  # without its directory nothing of it can begin
        except (OSError, ValueError):
            return False

    def look(self, wanted: Mapping[str, Iterable[int]], *, begun: set[Seat]) -> dict[Seat, Found]:
        """What is new of these; `begun`: those of which only the end is of interest."""
        found: dict[Seat, Found] = {}
        for mark, indices in wanted.items():
            directory = self.of(mark)
            try:
                names = set(os.listdir(directory))
            except OSError:
                continue
            for idx in indices:
                if f"{idx}.{BEGUN}" in names:
                    first = None if (mark, idx) in begun else _read(path_of(directory, idx, BEGUN))
                    last = _read(path_of(directory, idx, ENDED)) if f"{idx}.{ENDED}" in names else None
                    found[mark, idx] = Found(first, last)
        return found

    def beat(self, seat: Seat) -> object:
        """A value that is another one whenever the task has shown that it lives."""
        return _read(path_of(self.of(seat[0]), seat[1], BEAT))

    def said(self, mark: str) -> str:
        """The last line that burro's own part had to say."""
        try:
            with open(os.path.join(self.of(mark), LOG), "rb") as file:
                file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
                lines = file.read().decode("utf-8", "replace").split("\n")
        except OSError:
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")[:300]

    def drop(self, marks: Iterable[str]) -> None:
        """Nobody needs these any more; a job that begins without them ends at once."""
        for mark in marks:
            shutil.rmtree(self.of(mark), ignore_errors=True)


def _read(path: str) -> dict[str, Any] | None:
    """A slip; None also where it cannot be read now."""
    try:
        return read(path)
    except (OSError, ValueError):
        return None
