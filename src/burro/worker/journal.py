"""The worker's journal: what was begun and how it ended, on file before anybody is told.

One line a fact, ASCII, fields separated by spaces, the last one JSON where it is text:

    b BOOT                                          what follows happened in this boot of the machine
    s JOB IDX TOKEN NUMBER AT CPUS MEM LIMIT GPUS   about to start (AT: since boot; LIMIT: seconds or -; GPUS: 0,1 or -)
    p JOB IDX TOKEN PID AT WALL                     it is process PID, spawned no later than AT
    o JOB IDX TOKEN [OUT, ERR]                      its files have other names than the pattern gives
    h JOB IDX TOKEN [OUT, ERR]                      its output goes home: where it lies here, null: nowhere
    l JOB IDX TOKEN LIMIT                           its time limit was changed
    c JOB IDX TOKEN OUTCOME TEXT                    it is being stopped, and that will be its outcome
    u JOB IDX TOKEN                                 it was not started after all
    e JOB IDX TOKEN OUTCOME CODE WALL RSS CPU TEXT  it ended

AT, WALL (since 1970) and CPU are whole microseconds: those are written in half the time that fractions take.
A process is known again by its pid and a start time between the two AT: a pid that was reused started later.
kill -9 cannot undo what was written; a line cut off by it is left out by the reader.
"""

from __future__ import annotations

import json
import os
from typing import NamedTuple, Optional

from ..base.failpoint import hit

Key = tuple[int, int, int]  # job, index, token
ROTATE_AT = 2**20  # bytes


class Ended(NamedTuple):
    """How an attempt ended; the fields of a report. `code`: exit code, below zero a signal, None: nobody saw it."""

    outcome: str
    code: Optional[int]
    ended: float
    max_rss: Optional[int] = None
    cpu_time: Optional[float] = None
    reason: Optional[str] = None


class Entry(NamedTuple):
    """What the journal knows of one attempt."""

    key: Key
    number: int
    begun: float  # seconds since boot
    cpus: int
    mem: int
    limit: Optional[float]
    boot: str
    pid: Optional[int] = None
    spawned: float = 0.0  # seconds since boot
    started: float = 0.0  # seconds since 1970
    files: tuple[Optional[str], Optional[str]] = (None, None)
    end: Optional[Ended] = None
    gpus: tuple[str, ...] = ()  # ids
    home: Optional[tuple[Optional[str], Optional[str]]] = None  # paths of what goes home
    cause: Optional[tuple[str, Optional[str]]] = None  # outcome and reason of one that is being stopped


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


def micros(seconds: float) -> int:
    """Whole microseconds, as the journal has its times."""
    return round(seconds * 1e6)


def end_line(key: Key, ended: Ended) -> str:
    """The line that says how an attempt ended."""
    code = "-" if ended.code is None else ended.code
    rss = "-" if ended.max_rss is None else ended.max_rss
    cpu = "-" if ended.cpu_time is None else micros(ended.cpu_time)
    head = f"e {key[0]} {key[1]} {key[2]} {ended.outcome} {code} {micros(ended.ended)} {rss} {cpu}"
    return f"{head} null" if ended.reason is None else f"{head} {json.dumps(ended.reason)}"


def limit_line(key: Key, limit: Optional[float]) -> str:
    """The line that says which time limit (seconds, None: none) an attempt has from now on."""
    return f"l {key[0]} {key[1]} {key[2]} {'-' if limit is None else limit}"


def cause_line(key: Key, outcome: str, reason: Optional[str]) -> str:
    """The line that says why an attempt is being stopped."""
    return f"c {key[0]} {key[1]} {key[2]} {outcome} {json.dumps(reason)}"


def entry_lines(entry: Entry) -> list[str]:
    """The lines that tell all of an entry."""
    key = f"{entry.key[0]} {entry.key[1]} {entry.key[2]}"
    limit = "-" if entry.limit is None else entry.limit
    gpus = ",".join(entry.gpus) or "-"
    lines = [f"s {key} {entry.number} {micros(entry.begun)} {entry.cpus} {entry.mem} {limit} {gpus}"]
    if entry.pid is not None:
        lines.append(f"p {key} {entry.pid} {micros(entry.spawned)} {micros(entry.started)}")
    if entry.files != (None, None):
        lines.append(f"o {key} {json.dumps(list(entry.files))}")
    if entry.home is not None:
        lines.append(f"h {key} {json.dumps(list(entry.home))}")
    if entry.cause is not None:
        lines.append(cause_line(entry.key, *entry.cause))
    if entry.end is not None:
        lines.append(end_line(entry.key, entry.end))
    return lines


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
            entries[key] = _begun(key, boot, fields)
        elif kind == "u":
            entries.pop(key, None)
        elif key in entries:
            entries[key] = _more(entries[key], kind, fields, rest)
    except (ValueError, IndexError):
        return  # a line cut off in the middle by kill -9, and completed by the next opener


def _begun(key: Key, boot: str, fields: list[str]) -> Entry:
    begun, cpus, mem = int(fields[4]) / 1e6, int(fields[5]), int(fields[6])
    gpus = () if fields[8:] in ([], ["-"]) else tuple(fields[8].split(","))  # older lines had none
    return Entry(key, int(fields[3]), begun, cpus, mem, read_limit(fields[7]), boot, gpus=gpus)


def read_limit(field: str) -> Optional[float]:
    """Seconds; None where there is no limit."""
    return None if field == "-" else float(field)


def _more(entry: Entry, kind: str, fields: list[str], rest: str) -> Entry:
    if kind == "p":
        return entry._replace(pid=int(fields[3]), spawned=int(fields[4]) / 1e6, started=int(fields[5]) / 1e6)
    if kind == "l":
        return entry._replace(limit=read_limit(fields[3]))
    if kind in ("o", "h"):
        out, err = json.loads(rest.split(" ", 3)[3])
        return entry._replace(files=(out, err)) if kind == "o" else entry._replace(home=(out, err))
    if kind == "c":
        return entry._replace(cause=(fields[3], json.loads(rest.split(" ", 4)[4])))
    if kind == "e" and entry.end is None:  # the first end that was written is the end
        return entry._replace(end=_caused(read_end(rest), entry.cause))
    return entry


def _caused(end: Ended, cause: Optional[tuple[str, Optional[str]]]) -> Ended:
    """An end as the keeper saw it, who does not know that a dead worker was stopping the task."""
    if cause is None or end.outcome not in ("exited", "signalled"):
        return end
    return end._replace(outcome=cause[0], reason=cause[1])


def read_key(rest: str) -> Key:
    """The claim that a line is about, from the fields behind its kind. Raises ValueError for a line cut off."""
    job, idx, token = rest.split(" ", 3)[:3]
    return int(job), int(idx), int(token)


def read_end(rest: str) -> Ended:
    """How an attempt ended, from the fields of its line."""
    fields = rest.split(" ", 8)
    code, size, cpu = (None if text == "-" else text for text in (fields[4], fields[6], fields[7]))
    return Ended(
        outcome=fields[3],
        code=None if code is None else int(code),
        ended=int(fields[5]) / 1e6,
        max_rss=None if size is None else int(size),
        cpu_time=None if cpu is None else int(cpu) / 1e6,
        reason=json.loads(fields[8]),
    )
