"""Single fields of a submission: each read as typed or as JSON gives it, or refused with one sentence."""

from __future__ import annotations

from ..base.errors import UsageError
from ..base.text import parse_duration, parse_size

LONGEST = 200  # characters of a name


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


def seconds(value: object) -> float | None:
    """Seconds; None for no limit. Raises UsageError."""
    if value is None or str(value).upper() in ("UNLIMITED", "INFINITE"):
        return None
    seconds = float(value) if isinstance(value, (int, float)) else parse_duration(str(value))
    if seconds <= 0:
        raise UsageError("--time must be above 0; leave it out for no limit")
    return seconds
