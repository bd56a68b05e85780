"""Values of a job as people read them: what `set` says it has changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..base.clock import iso
from ..base.text import format_duration, format_size
from ..model.edit import Values
from ..model.secrets import veiled


def told_changes(before: Values, changed: Values) -> str:
    """`priority 0 -> 5; mem 1G -> 2G`."""
    return "; ".join(
        f"{field.replace('_', '-')} {_told(field, before[field])} -> {_told(field, value)}"
        for field, value in changed.items()
    )


def plain(field: str, value: Any) -> Any:  # noqa: ANN401  # whatever JSON has
    """A value as answers carry it: moments as ISO 8601, sizes in bytes, durations in seconds."""
    if field == "begin":
        return iso(value)
    if field == "command":
        return None if value is None else veiled(value)
    return (value or None) if field == "mem" else value


def _told(field: str, value: Any) -> str:  # noqa: ANN401  # whatever JSON has
    if field == "command" and value is None:
        return "each its own"
    if value is None or (field == "mem" and not value) or value == {}:
        return "none"
    if field == "mem":
        return format_size(value)
    if field in ("time", "time_min", "retry_delay"):
        return format_duration(value) if value >= 60 else f"{value:g}s"
    if field == "begin":
        return str(iso(value))[:19]
    if field == "command":
        return veiled(value)
    if field in ("retry_mem", "retry_time"):
        return f"x{value:g}"
    if isinstance(value, Mapping):
        return ",".join(f"{name}={number}" for name, number in value.items())
    return ",".join(value) if isinstance(value, (list, tuple)) else str(value)
