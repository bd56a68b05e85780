"""The worker's journal: what was begun and how it ended, on file before anybody is told.

One line a fact, ASCII, fields separated by spaces, the last one JSON where it is text:

    b BOOT                                          what follows happened in this boot of the machine
    s JOB IDX TOKEN NUMBER AT CPUS MEM LIMIT GPUS   about to start (AT: since boot; LIMIT: seconds or -; GPUS: 0,1 or -)
    p JOB IDX TOKEN PID AT WALL                     it is process PID, spawned no later than AT
    o JOB IDX TOKEN [OUT, ERR]                      its files have other names than the pattern gives
    h JOB IDX TOKEN [OUT, ERR]                      its output goes home: where it lies here, null: nowhere
    l JOB IDX TOKEN LIMIT                           its time limit was changed
    w JOB IDX TOKEN SECONDS SIGNAL                  so long before its end it wants this signal; - -: it has had it
    c JOB IDX TOKEN OUTCOME TEXT                    it is being stopped, and that will be its outcome
    u JOB IDX TOKEN                                 it was not started after all
    e JOB IDX TOKEN OUTCOME CODE WALL RSS CPU TEXT  it ended

AT, WALL (since 1970) and CPU are whole microseconds: those are written in half the time that fractions take.
A process is known again by its pid and a start time between the two AT: a pid that was reused started later.
kill -9 cannot undo what was written; a line cut off by it is left out by the reader.
"""

from __future__ import annotations

import os
from typing import Optional

from ..base.failpoint import hit
from .entry import Entry, Key, begun, entry_lines, more, read_key

ROTATE_AT = 2**20  # bytes


class Journal:
    """The journal file of one worker's directory."""

    def __init__(self, directory: str, boot: str) -> None:
        """Open for appending; the file is made where it is missing."""
        self._path = os.path.join(directory, "journal")
        self._boot = boot
        self._put_off = b""
        self._open()

    def _open(self) -> None:
        self._end = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.size = os.fstat(self._end).st_size
        cut = self.size and os.pread(self._end, 1, self.size - 1) != b"\n"
        self.write(("\n" if cut else "") + f"b {self._boot}")

    def write(self, line: str) -> None:
        """Append one line, behind those put off. Raises OSError on a full disk: then it must not be acted on."""
        text = self._put_off + line.encode("ascii") + b"\n"
        self._append(text)
        self._put_off = b""

    def put_off(self, line: str) -> None:
        """Append one line with the next one, or at `flush`: for what a reader can find out without it, for a moment."""
        self._put_off += line.encode("ascii") + b"\n"

    def flush(self) -> None:
        """Append what was put off. Raises OSError where the disk is full; it stays put off then."""
        if self._put_off:
            self._append(self._put_off)
            self._put_off = b""

    def _append(self, text: bytes) -> None:
        written = os.write(self._end, text)
        self.size += written
        if written < len(text):
            os.ftruncate(self._end, self.size - written)
            self.size -= written
            raise OSError(28, "No space left on device")

    def rewrite(self, entries: list[Entry]) -> None:
        """Start a new file that knows just `entries`. Only while nobody else appends, that is: nothing is adopted."""
        fresh = self._path + ".new"
        lines = [f"b {self._boot}", *(line for entry in entries for line in entry_lines(entry))]
        with open(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
        os.chmod(fresh, 0o600)  # whatever the umask of the last task was
        hit("journal.before_rename")
        os.rename(fresh, self._path)
        os.close(self._end)
        self._open()

    def close(self) -> None:
        """Close the file."""
        os.close(self._end)


def read(directory: str, only: Optional[set[Key]] = None) -> dict[Key, Entry]:
    """What the journal of a directory knows, of all claims or `only` some, by claim; empty where there is none."""
    try:
        with open(os.path.join(directory, "journal"), encoding="ascii", errors="replace") as file:
            lines = file.read().split("\n")
    except FileNotFoundError:
        return {}
    wanted = None if only is None else {f"{job} {idx} {token}" for job, idx, token in only}
    entries: dict[Key, Entry] = {}
    boot = ""
    for line in lines[:-1]:  # what follows the last newline was cut off
        kind, _, rest = line.partition(" ")
        if kind == "b":
            boot = rest
        elif kind and (wanted is None or " ".join(rest.split(" ", 3)[:3]) in wanted):
            _take(entries, boot, kind, rest)
    return entries


def _take(entries: dict[Key, Entry], boot: str, kind: str, rest: str) -> None:
    fields = rest.split(" ")
    try:
        key = read_key(rest)
        if kind == "s":
            entries[key] = begun(key, boot, fields)
        elif kind == "u":
            entries.pop(key, None)
        elif key in entries:
            entries[key] = more(entries[key], kind, fields, rest)
    except (ValueError, IndexError):
        return  # a line cut off in the middle by kill -9, and completed by the next opener
