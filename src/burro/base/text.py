"""Durations, sizes and id ranges as people write them: a parser and a printer for each."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence

from .errors import UsageError

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_WORDED = re.compile(r"(?:(\d+(?:\.\d+)?)\s*([smhdw])\s*)+", re.IGNORECASE)
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])", re.IGNORECASE)
_SIZES = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
MOST_INDICES = 10_000_000


def parse_duration(text: str) -> float:
    """Seconds of `90s`, `1h30m`, or one of Slurm's forms: minutes, m:s, h:m:s, d-h, d-h:m, d-h:m:s (sbatch(1), --time).

    Raises UsageError for anything else.
    """
    text = text.strip()
    if _WORDED.fullmatch(text):
        return sum(float(number) * _UNITS[unit.lower()] for number, unit in _PART.findall(text))
    days, dash, rest = text.rpartition("-")
    fields = rest.split(":")
    numeric = text.isascii() and (not dash or days.isdigit()) and all(field.isdigit() for field in fields)
    if not numeric or len(fields) > 3:
        raise UsageError(f"'{text}' is no duration; write minutes (30), 0:30, 1-0, 90s or 2h")
    numbers = [int(field) for field in fields]
    if dash:
        hours, minutes, seconds = [*numbers, 0, 0][:3]
        return int(days) * 86400.0 + hours * 3600 + minutes * 60 + seconds
    if len(numbers) == 1:
        return numbers[0] * 60.0
    hours, minutes, seconds = [0, *numbers][-3:]
    return hours * 3600.0 + minutes * 60 + seconds


def parse_moment(text: str, option: str, *, now: float) -> float:
    """Seconds since 1970 of a time of day (the next one), a date, or both, in the local zone. Raises UsageError."""
    hours = {"midnight": "0:00", "noon": "12:00", "teatime": "16:00"}  # sbatch(1), --begin
    clock = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", hours.get(text.lower(), text))
    date = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}))?)?", text)
    today = time.localtime(now)[:3]
    if text.lower() in ("now", "today"):
        return now
    if text.lower() == "tomorrow":
        return _local(*today[:2], today[2] + 1)
    if clock and int(clock[1]) < 24 and int(clock[2]) < 60:
        hour, minute, second = (int(part or 0) for part in clock.groups())
        soon = _local(*today, hour, minute, second)
        return soon if soon >= now else _local(*today[:2], today[2] + 1, hour, minute, second)
    if date and 1 <= int(date[2]) <= 12 and 1 <= int(date[3]) <= 31:
        return _local(*(int(part or 0) for part in date.groups()))
    raise UsageError(f"--{option} takes 18:00, 2026-12-01T08:00, tomorrow or +2h, not '{text}'")


def _local(*fields: int) -> float:
    """Seconds since 1970 of year, month, day, hour, minute, second; a day behind the month's last is in the next."""
    year, month, day, hour, minute, second = (*fields, 0, 0, 0)[:6]
    return time.mktime((year, month, day, hour, minute, second, 0, 0, -1))


def format_duration(seconds: float) -> str:
    """`0:07`, `12:30`, `3:05:00`, `2-00:00:00`: as Slurm prints times."""
    whole = max(0, int(seconds))
    days, rest = divmod(whole, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, last = divmod(rest, 60)
    if days:
        return f"{days}-{hours:02}:{minutes:02}:{last:02}"
    if hours:
        return f"{hours}:{minutes:02}:{last:02}"
    return f"{minutes}:{last:02}"


def spoken_duration(seconds: float) -> str:
    """`30 days`, `1 hour`, `90 seconds`: in the largest unit that leaves a whole number."""
    units = ((86400.0, "day"), (3600.0, "hour"), (60.0, "minute"), (1.0, "second"))
    size, unit = next((entry for entry in units if seconds >= entry[0] and seconds % entry[0] == 0), units[-1])
    return f"{seconds / size:g} {unit}" + ("" if seconds == size else "s")


def counted(count: int, noun: str) -> str:
    """`1 task`, `3 tasks`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def parse_size(text: str) -> int:
    """Bytes of `4G`, `512K`, `1.5T`; a bare number is MB, as Slurm has it (sbatch(1), --mem). Raises UsageError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if not found:
        raise UsageError(f"'{text}' is no size; write MB (4000) or 512K, 4G, 1.5T")
    return int(float(found[1]) * _SIZES[found[2].upper() or "M"])


def format_size(size: float) -> str:
    """`512K`, `1.5G`: the largest unit that leaves a number of at least 1."""
    for unit, factor in reversed(_SIZES.items()):
        if size >= factor:
            return f"{size / factor:.1f}".rstrip("0").rstrip(".") + unit
    return f"{int(size)}B"


def parse_indices(text: str) -> Sequence[int]:
    """Sorted indices of `0-99`, `0-9,20`, `0-99:5`, each once (sbatch(1), --array). Raises UsageError."""
    parts = [_parse_range(part, text) for part in text.split(",")]
    if sum(map(len, parts)) > MOST_INDICES:
        raise UsageError(f"'{text}' is more than {MOST_INDICES:,} tasks; split it over several jobs")
    return parts[0] if len(parts) == 1 else sorted(set().union(*parts))


def _parse_range(part: str, text: str) -> range:
    match = re.fullmatch(r"\s*(\d{1,10})(?:-(\d{1,10})(?::(\d{1,10}))?)?\s*", part)
    if not match:
        raise UsageError(f"'{text}' is no list of indices; write 0-99, 0-9,20 or 0-99:5")
    first, last, step = int(match[1]), int(match[2] or match[1]), int(match[3] or 1)
    if last < first or step < 1:
        raise UsageError(f"'{part.strip()}' names no index: the first is above the last, or the step is 0")
    return range(first, last + 1, step)


def format_ids(numbers: Iterable[int]) -> str:
    """`0-3,7` of sorted numbers: the shortest text that `parse_indices` reads back."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
