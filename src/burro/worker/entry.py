"""What the journal knows of one attempt, and the lines that tell it (journal.py)."""

from __future__ import annotations

import json
from typing import NamedTuple, Optional

Key = tuple[int, int, int]  # job, index, token


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
    home: Optional[tuple[Optional[str], ...]] = None  # paths of what goes home
    cause: Optional[tuple[str, Optional[str]]] = None  # outcome and reason of one that is being stopped
    warn: Optional[tuple[float, int]] = None  # so many seconds before its end it wants this signal


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


def warn_line(key: Key, warn: Optional[tuple[float, int]]) -> str:
    """The line that says how long before its end an attempt wants which signal; None: it has had it."""
    return f"w {key[0]} {key[1]} {key[2]} " + ("- -" if warn is None else f"{warn[0]} {warn[1]}")


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
    if entry.warn is not None:
        lines.append(warn_line(entry.key, entry.warn))
    if entry.cause is not None:
        lines.append(cause_line(entry.key, *entry.cause))
    if entry.end is not None:
        lines.append(end_line(entry.key, entry.end))
    return lines


def begun(key: Key, boot: str, fields: list[str]) -> Entry:
    """What an `s` line says."""
    began, cpus, mem = int(fields[4]) / 1e6, int(fields[5]), int(fields[6])
    gpus = () if fields[8:] in ([], ["-"]) else tuple(fields[8].split(","))  # older lines had none
    return Entry(key, int(fields[3]), began, cpus, mem, read_limit(fields[7]), boot, gpus=gpus)


def read_limit(field: str) -> Optional[float]:
    """Seconds; None where there is no limit."""
    return None if field == "-" else float(field)


def more(entry: Entry, kind: str, fields: list[str], rest: str) -> Entry:
    """An entry with what another line says of it."""
    if kind == "p":
        return entry._replace(pid=int(fields[3]), spawned=int(fields[4]) / 1e6, started=int(fields[5]) / 1e6)
    if kind == "w":
        return entry._replace(warn=None if fields[3] == "-" else (float(fields[3]), int(fields[4])))
    if kind == "l":
        return entry._replace(limit=read_limit(fields[3]))
    if kind in ("o", "h"):
        names = json.loads(rest.split(" ", 3)[3])
        return entry._replace(files=(names[0], names[1])) if kind == "o" else entry._replace(home=tuple(names))
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
