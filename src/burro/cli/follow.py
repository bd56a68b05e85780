"""Output as it is written: of one task byte by byte, of several in whole lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..api.moved import found_again
from ..api.reading import FarFile, is_far
from ..base import clock
from .face import Face
from .tail import FarTail, Growing, Tail

Row = Mapping[str, Any]
Write = Callable[[str, str, bytes], None]  # task, stream ("stdout" or "stderr"), bytes
SHORTEST, LONGEST = 0.02, 0.25  # seconds between looks at the files; an end is told at once
SEVERAL, SOME = 200, 20  # more tasks (at another machine) are not looked at while they run: output comes when they end
STREAMS = ("stdout", "stderr")


class Follower:
    """Follows the tasks of some jobs until all have ended."""

    def __init__(self, face: Face, *, streams: tuple[str, ...], write: Write, lines: int | None = None) -> None:
        """`write` gets what is new; `lines`: begin so many lines before the end of a file that is there."""
        self._caller = face.caller()
        self._streams = streams
        self._write = write
        self._lines = lines
        self._several = SOME if face.elsewhere else SEVERAL
        self._tails: dict[tuple[str, str], Growing] = {}
        self._names: dict[tuple[str, str], object] = {}  # what each of them reads: a path, or an attempt
        self._rests: dict[tuple[str, str], bytes] = {}
        self._pause = SHORTEST
        self._next_question = 0.0
        self.ended: dict[str, Row] = {}

    def follow(self, ids: list[str], *, tasks: int, attend: Callable[[], None] = lambda: None) -> None:
        """Write what the tasks write until all have ended. `attend` is called several times a second."""
        attend()
        for line in self._caller.listen({"op": "watch", "ids": ids}, tick=lambda: self._pause):
            attend()
            task = line.get("task") if line else None
            if line is None:
                self._look(ids, tasks)
            elif task and task["id"] not in self.ended:
                self._finish(task, whole=tasks > 1)
                self.ended[task["id"]] = task

    def _look(self, ids: list[str], tasks: int) -> None:
        if tasks <= self._several and clock.steady() >= self._next_question:
            found = self._find(ids)
            self._next_question = clock.steady() + (SHORTEST if found else 4 * self._pause)
        grown = [self._drain(key, whole=tasks > 1) for key in list(self._tails)]
        self._pause = SHORTEST if any(grown) else min(LONGEST, self._pause * 1.5)

    def _find(self, ids: list[str]) -> bool:
        """Ask where running tasks write; whether there was a new file, also of a new attempt."""
        rows = self._caller.ask({"op": "outputs", "ids": ids}, forever=True)["tasks"]
        live = [row for row in rows if row["id"] not in self.ended]
        return sum(self._open(row, stream) for row in live for stream in self._streams) > 0

    def _open(self, row: Row, stream: str) -> bool:
        key = (row["id"], stream)
        row = row if key in self._tails else found_again(row)  # what is read already stays open where it goes
        path = row.get(stream)
        far = is_far(self._caller, row, stream) or isinstance(self._names.get(key), int)
        name = row.get("attempt") if far else path
        if path is None or (key in self._tails and name in (None, self._names[key])):
            return False
        if key in self._tails:
            self._tails.pop(key).close()
        self._names[key] = name
        self._tails[key] = self._tail(row, stream, far=far)
        return True

    def _tail(self, row: Row, stream: str, *, far: bool) -> Growing:
        """What is read of a task; begun from afar it stays so, also when the file comes home meanwhile."""
        if not far:
            return Tail(str(row[stream]), lines=self._lines)
        return FarTail(FarFile(self._caller, row["id"], stream, attempt=row.get("attempt")), lines=self._lines)

    def _drain(self, key: tuple[str, str], *, whole: bool) -> bool:
        grown = False
        while block := self._tails[key].read():
            grown = True
            if whole:
                kept, newline, rest = (self._rests.get(key, b"") + block).rpartition(b"\n")
                self._rests[key], block = rest, kept + newline
            if block:
                self._write(*key, block)
        return grown

    def _finish(self, task: Row, *, whole: bool) -> None:
        for stream in self._streams:
            key = (task["id"], stream)
            self._open(task, stream)
            if key in self._tails:
                self._drain(key, whole=whole)
                self._tails.pop(key).close()
            rest = self._rests.pop(key, b"")
            if rest:
                self._write(*key, rest + b"\n")
