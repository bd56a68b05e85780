"""Options from Python as the server takes them: texts as typed, or the numbers, times, paths and jobs they mean."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from numbers import Integral, Real
from typing import Any

from ..base.errors import UsageError
from .which import id_of, ids_of

_COMMANDS_ONLY = ("stage_in", "stage_out", "wait", "parsable", "json", "file")


def plain_options(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What JSON carries of options by name. Raises UsageError for a value that an option cannot have."""
    return {name: _plain(name, value) for name, value in asked.items()}


def plain_since(value: object) -> object:
    """A text as typed, a moment or a day, or that long ago."""
    if isinstance(value, timedelta):
        return f"{value.total_seconds():.3f}s"
    return value if value is None or isinstance(value, str) else _begin("since", value)


def plain_duration(name: str, value: object) -> str | None:
    """A text as typed; seconds, or a timedelta."""
    if value is None or isinstance(value, str):
        return value
    number = None if isinstance(value, bool) else _scalar(name, value)
    if not isinstance(number, (int, float)):
        raise UsageError(f"{name}= is a duration, as in '7d', or seconds, not {value!r}")
    return f"{number:.3f}s"


def words_of(command: Iterable[object]) -> list[str]:
    """The words of a command: texts, paths and numbers. Raises UsageError."""
    if isinstance(command, (str, bytes)):
        raise UsageError("a command is a list of words, as in ['sort', 'a.txt']; give a line to the shell with shell=")
    if not isinstance(command, Iterable):
        raise UsageError(f"a command is a list of words, as in ['sort', 'a.txt'], not {command!r}")
    return [_word(word) for word in command]


def _word(word: object) -> str:
    if isinstance(word, (str, bytes, os.PathLike)):
        return os.fsdecode(word)
    if isinstance(word, bool) or not isinstance(word, Real):
        raise UsageError(f"{word!r} is no word of a command; give texts, paths and numbers")
    return str(word)


def _plain(name: str, value: object) -> object:
    if name in _COMMANDS_ONLY:
        raise UsageError(f"{name}= is something for the command line only; leave it out")
    if value is None or isinstance(value, (str, bool)):
        return value
    read = _READ.get(name)
    return _scalar(name, value) if read is None else read(name, value)


def _scalar(name: str, value: object) -> object:
    """A number, a path or a time as it is meant by any option."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real) and math.isfinite(value):
        return float(value)
    if isinstance(value, (bytes, os.PathLike)):
        return os.fsdecode(value)
    raise UsageError(f"{name}= takes no {type(value).__name__}, as in {value!r}; see docs/python.md")


def _bytes(name: str, value: object) -> object:
    """A number of bytes is whole: `4e9`."""
    number = _scalar(name, value)
    return int(number) if isinstance(number, float) else number


def _indices(name: str, value: object) -> object:
    """A range or other numbers."""
    if isinstance(value, range) and value and value.step > 0:
        return f"{value[0]}-{value[-1]}:{value.step}"
    return [_scalar(name, one) for one in value] if isinstance(value, Iterable) else _scalar(name, value)


def _dependency(_name: str, value: object) -> object:
    """Jobs, texts, or kinds with jobs: `{"afterany": [a, b]}`."""
    if isinstance(value, Mapping):
        return [f"{kind}:{name}" for kind, jobs in value.items() for name in ids_of(jobs)]
    return [id_of(one) for one in value] if isinstance(value, Iterable) else id_of(value)


def _begin(name: str, value: object) -> object:
    """A moment or a day, in the local zone where it has none of its own; a time of day; or that long from now."""
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, date):
        return datetime.combine(value, time()).timestamp()
    if isinstance(value, time):
        return f"{value:%H:%M:%S}"
    return f"+{value.total_seconds():.3f}s" if isinstance(value, timedelta) else _scalar(name, value)


def _several(name: str, value: object) -> object:
    """A mapping, or several texts."""
    if isinstance(value, Mapping):
        return {str(key): _plain(name, one) for key, one in value.items()}
    return [str(one) for one in value] if isinstance(value, Iterable) else _scalar(name, value)


_READ: Mapping[str, Callable[[str, Any], object]] = {
    "mem": _bytes,
    "array": _indices,
    "dependency": _dependency,
    "begin": _begin,
    "need": _several,
    "retry_on": _several,
    "env": _several,
}
