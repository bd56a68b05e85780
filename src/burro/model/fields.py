"""Single fields of a submission: each read as typed or as JSON gives it, or refused with one sentence."""

from __future__ import annotations

import re

from ..base.clock import iso
from ..base.errors import UsageError
from ..base.text import parse_duration, parse_moment, parse_size

LONGEST = 200  # characters of a name
_SPANS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400, "weeks": 7 * 86400}


def text(value: object, option: str) -> str:
    """A text, as it is. Raises UsageError."""
    if not isinstance(value, str) or "\0" in value:
        raise UsageError(f"--{option} is a text without NUL characters; correct it")
    return value


def plain(value: object, option: str) -> str:
    """A text that can stand on one line of a table. Raises UsageError."""
    line = str(value)
    if not line.isprintable() or len(line) > LONGEST or not line.strip():
        raise UsageError(f"--{option} must be at most {LONGEST} printable characters on one line; choose a simpler one")
    return line


def whole(value: object, option: str, *, least: int) -> int:
    """A whole number. Raises UsageError."""
    try:
        number = int(str(value))
    except ValueError:
        raise UsageError(f"--{option} takes a whole number, not '{value}'") from None
    if not least <= number < 2**31:
        raise UsageError(f"--{option} must be at least {least} and below 2147483648, not {number}")
    return number


def size(value: object) -> int:
    """Bytes; 0 where nothing was asked. Raises UsageError."""
    if value is None:
        return 0
    size = value if isinstance(value, int) else parse_size(str(value))
    if size <= 0:
        raise UsageError("--mem must be above 0; leave it out where it does not matter")
    return size


def seconds(value: object, option: str) -> float | None:
    """Seconds; None for no limit. Raises UsageError."""
    if value is None or str(value).upper() in ("UNLIMITED", "INFINITE"):
        return None
    seconds = float(value) if isinstance(value, (int, float)) else parse_duration(str(value))
    if seconds <= 0:
        raise UsageError(f"--{option} must be above 0; leave it out where it does not matter")
    return seconds


def _slurm_span(text: str, option: str) -> float:
    """Seconds of what stands behind `now+`: a number, and its unit; without one, seconds (sbatch(1), --begin)."""
    found = re.fullmatch(r"\s*(\d+)\s*([a-z]*)\s*", text.lower())
    unit = next((size for name, size in _SPANS.items() if found and name.startswith(found[2])), None)
    if found is None or unit is None:
        raise UsageError(f"--{option} takes now+90, now+2hours or now+1week, not 'now+{text}'")
    return float(found[1]) * unit


def counters(value: object) -> tuple[tuple[str, int], ...]:
    """Names and numbers of `licence=1,disk=2`; a name alone is one. Raises UsageError."""
    if isinstance(value, dict):
        value = [f"{name}={number}" for name, number in value.items()]
    texts = value if isinstance(value, list) else [] if value is None else [value]
    found: dict[str, int] = {}
    for part in (part for text in texts for part in str(text).split(",") if part.strip()):
        name, _, number = part.strip().partition("=")
        if not name.isidentifier() or name in ("cpus", "mem", "gpus"):
            raise UsageError(f"--need takes a counter of the pool and a number, as in licence=1, not '{part.strip()}'")
        found[name] = found.get(name, 0) + whole(number or 1, f"need {name}", least=1)
    return tuple(sorted(found.items()))


def moment(value: object, option: str, *, now: float) -> float:
    """Seconds since 1970 of `18:00`, `2026-12-01T08:00`, `+2h`, `tomorrow` (sbatch(1), --begin). Raises UsageError."""
    text = str(value).strip()
    if isinstance(value, (int, float)):
        return float(value)
    if text.startswith("+"):
        return now + parse_duration(text[1:])
    if text.lower().startswith("now+"):
        return now + _slurm_span(text[len("now+") :], option)
    return parse_moment(text, option, now=now)


def shown_moment(value: object) -> str | None:
    """A start time as it was asked for; seconds since 1970 as a date."""
    return iso(value) if isinstance(value, (int, float)) else None if value is None else str(value)
