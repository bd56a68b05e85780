"""What an inbox is told: how often it looks, what is ready, how much at a time, when it rests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Optional

from ..base.errors import UsageError
from ..base.text import parse_duration, parse_size
from .fields import plain, whole
from .pool import ANY, read_name

FINISHED = "job_manager-finished"
_TAKEN = {
    "finished": (
        *("job.sh", "tasks.txt", "job.toml", "job_name.txt", "job_output.txt", "job_output"),
        *("job_result.json", "job_error.txt", "cancel"),
    ),
    "lock": ("inbox", "pending", "complete", "completed", "rejected", "cancelled"),
    "ready": ("job_result.json", "job_error.txt"),
}
REPORTS = 30.0  # seconds in which a watcher says that it lives, at least


@dataclass(frozen=True)
class Settings:
    """Times in seconds, sizes in bytes. `pool`: for folders that name none; None: where they can run."""

    pool: Optional[str] = None
    period: float = 60.0  # between two looks where nobody tells of changes
    quiet: float = 5.0  # a folder in which nothing changed for so long is whole
    ready: Optional[str] = None  # the file that says so instead
    lock: Optional[str] = None  # while this file is in the root nothing is done
    finished: str = FINISHED  # put last into what is complete
    max_jobs: int = 100  # in the queue at a time
    max_pending: int = 20  # of these, such that do not run
    delay: float = 0.0  # between two submissions
    max_error_percent: float = 50.0  # of what ended in the window; 0: never rests
    error_window: float = 600.0
    error_min: int = 5
    error_pause: float = 1800.0
    max_errors: int = 0  # more than so many stop it; 0: nothing does
    group_writable: bool = False
    trust: bool = False  # others may write to inbox/
    links: bool = False  # symbolic links may lead out of a folder
    max_size: int = 10 * 2**30  # of an archive, unpacked
    max_files: int = 100_000  # of a folder

    @property
    def plain(self) -> dict[str, Any]:
        """As the store and messages have it: what is not as usual."""
        return {name: value for name, value in asdict(self).items() if value != getattr(Settings, name)}


def parse_settings(raw: Mapping[str, object]) -> Settings:
    """Settings as typed, or as `plain` gives them. Raises UsageError."""
    known = {field.name for field in fields(Settings)}
    strange = sorted(set(raw) - known)
    if strange:
        raise UsageError(f"an inbox has no '{strange[0]}'; see: burro inbox add --help")
    return Settings(**{name: _READ[name](value, name) for name, value in raw.items() if value is not None})


def _seconds(value: object, name: str, *, least: float = 0.0) -> float:
    number = float(value) if isinstance(value, (int, float)) else _typed_seconds(str(value))
    if not least <= number <= 10 * 366 * 86400.0:
        raise UsageError(f"--{_option(name)} must be at least {least:g} s, not '{value}'")
    return number


def _typed_seconds(text: str) -> float:
    """A bare number is seconds here, as the older tool had it."""
    try:
        return float(text)
    except ValueError:
        return parse_duration(text)


def _period(value: object, name: str) -> float:
    return _seconds(value, name, least=0.1)


def _file(value: object, name: str) -> str:
    """A name that can stand in a folder."""
    text = plain(value, _option(name))
    if "/" in text or text in (".", ".."):
        raise UsageError(f"--{_option(name)} is the name of a file, without a directory; not '{text}'")
    if text in _TAKEN[name] or text.startswith(".burro"):
        raise UsageError(f"--{_option(name)} cannot be '{text}', which means something else there; choose another name")
    return text


def _percent(value: object, name: str) -> float:
    try:
        number = float(str(value).rstrip("%"))
    except ValueError:
        number = -1.0
    if not 0 <= number <= 100:
        raise UsageError(f"--{_option(name)} is a number from 0 to 100, not '{value}'")
    return number


def _count(value: object, name: str) -> int:
    return whole(value, _option(name), least=1)


def _maybe_count(value: object, name: str) -> int:
    return whole(value, _option(name), least=0)


def _size(value: object, _name: str) -> int:
    return value if isinstance(value, int) else parse_size(str(value))


def _flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"--{_option(name)} takes no value")
    return value


def _pool(value: object, _name: str) -> str:
    name = plain(value, "pool")
    return name if name == ANY else read_name(name)


def _option(name: str) -> str:
    return name.replace("_", "-")


_READ: Mapping[str, Callable[[Any, str], Any]] = {
    "pool": _pool,
    **dict.fromkeys(("period", "error_window", "error_pause"), _period),
    **dict.fromkeys(("quiet", "delay"), _seconds),
    **dict.fromkeys(("ready", "lock", "finished"), _file),
    **dict.fromkeys(("max_jobs", "max_pending", "error_min", "max_files"), _count),
    "max_error_percent": _percent,
    "max_errors": _maybe_count,
    "max_size": _size,
    **dict.fromkeys(("group_writable", "trust", "links"), _flag),
}
