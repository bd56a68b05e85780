"""Columns that people choose and sort by: their names, what stands in them, and other queues' words for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..base import clock
from ..base.errors import UsageError
from ..base.text import format_duration, format_size
from ..model.states import CANCELLED, FAILED, FINAL, SKIPPED, STATES
from .clean import clean
from .words import nearest

Row = Mapping[str, Any]
TIMES = ("submitted", "started", "ended", "at")
SIZES = ("mem", "max_rss")
PERCENTS = ("cpu_percent", "mem_percent")
DURATIONS = ("time", "elapsed", "cpu_time")
RIGHT = (*SIZES, *PERCENTS, *DURATIONS, *STATES, "cpus", "gpus", "priority", "exit_code", "signal")
# what other queues call them: squeue(1), sacct(1), localq
OTHERS = {
    "jobid": "id",
    "jobname": "name",
    "status": "state",
    "st": "state",
    "prio": "priority",
    "num_cores": "cpus",
    "ncpus": "cpus",
    "alloccpus": "cpus",
    "cores": "cpus",
    "submit": "submitted",
    "start": "started",
    "start_time": "started",
    "end": "ended",
    "end_time": "ended",
    "cmd": "command",
    "partition": "pool",
    "node": "host",
    "nodelist": "host",
    "exitcode": "exit_code",
    "maxrss": "max_rss",
    "reqmem": "mem",
    "cputime": "cpu_time",
}


def parse_names(texts: Iterable[str], known: Sequence[str], *, option: str) -> list[str]:
    """The columns of `id,name,-state`, a minus kept, other queues' words as ours. Raises UsageError."""
    found = []
    for part in (part.strip().lower() for text in texts for part in text.split(",")):
        name = OTHERS.get(part.removeprefix("-"), part.removeprefix("-"))
        if name not in known:
            raise UsageError(f"{option} does not know '{part}'{nearest(part, list(known))}; it takes {','.join(known)}")
        found.append("-" + name if part.startswith("-") else name)
    return found


def glued(words: list[str]) -> list[str]:
    """`--sort` and the word behind it as one: `-priority` would pass for an option."""
    found: list[str] = []
    for word in words:
        if found and found[-1] == "--sort":
            found[-1] = f"--sort={word}"
        else:
            found.append(word)
    return found


def cell(name: str, row: Row, *, plain: bool) -> str:
    """What stands in a column; `plain`: for programs, so times in ISO 8601, durations in seconds, sizes in bytes."""
    value = value_of(name, row)
    if value is None:
        return ""
    if name == "tasks" and isinstance(value, Mapping):
        return task_counts(value)
    if not plain and name in TIMES:
        return datetime.fromisoformat(value).strftime("%Y-%m-%d %H:%M:%S")
    if not plain and name in DURATIONS:
        return format_duration(value) if value >= 10 else f"{value:.1f}s"
    if not plain and name in SIZES:
        return format_size(value)
    if name in PERCENTS:
        return f"{value:.0f}" if plain else f"{value:.0f}%"
    return f"{value:.3f}" if isinstance(value, float) else clean(value)


def value_of(name: str, row: Row) -> Any:  # noqa: ANN401  # whatever JSON has there
    """The value itself, to sort by; None where there is none."""
    if name == "time":
        return run_time(row)
    if name in STATES and isinstance(row.get("tasks"), Mapping):
        return row["tasks"].get(name, 0)
    return row.get(name)


def run_time(row: Row) -> float | None:
    """Seconds that it has run, or ran: a job as its server says, an attempt from its start to its end."""
    if "elapsed" in row or not row.get("started"):
        return row.get("elapsed")
    end = datetime.fromisoformat(row["ended"]).timestamp() if row.get("ended") else clock.now()
    return max(0.0, end - datetime.fromisoformat(row["started"]).timestamp())


def task_counts(counts: Mapping[str, int]) -> str:
    """`3/10`, `3/10, 1 failed, 1 skipped`: how many have ended of how many, and which of these not well."""
    ended = sum(counts.get(state, 0) for state in FINAL)
    bad = [f"{counts[state]} {state}" for state in (FAILED, CANCELLED, SKIPPED) if counts.get(state)]
    return ", ".join([f"{ended}/{sum(counts.values())}", *bad])


def in_order(rows: Sequence[Row], names: Sequence[str]) -> list[Row]:
    """Rows sorted by these columns, the first counts most; what has no value comes last, a minus turns it round."""
    rows = list(rows)
    for name in reversed(names):
        key = _key(name.removeprefix("-"))
        empty = [row for row in rows if key(row) is None]
        full = [row for row in rows if key(row) is not None]
        rows = [*sorted(full, key=key, reverse=name.startswith("-")), *empty]
    return rows


def _key(name: str) -> Callable[[Row], Any]:
    if name == "tasks":
        return lambda row: sum(row["tasks"].values()) if isinstance(row.get("tasks"), Mapping) else 0
    if name == "id":
        return lambda row: [int(part) for part in str(row["id"]).split(".")]
    if name in TIMES:
        return lambda row: datetime.fromisoformat(row[name]).timestamp() if row.get(name) else None
    return lambda row: value_of(name, row)


def print_tsv(names: Sequence[str], rows: Iterable[Row], *, head: bool) -> None:
    """Lines with a tab between the columns; nothing is cut, no cell has a tab or a line's end in it."""
    if head:
        print("\t".join(names))
    for row in rows:
        print("\t".join(cell(name, row, plain=True) for name in names))
