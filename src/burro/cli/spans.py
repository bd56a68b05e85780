"""Spans of time as tables show them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..base.clock import now, time_of_day

_RECENT = 86400.0  # seconds


def unserved(row: Mapping[str, Any]) -> str:
    """From when to when there was no server; of what is long past nothing."""
    span = row.get("unserved")
    if not span:
        return ""
    since, to = (datetime.fromisoformat(span[name]).timestamp() for name in ("from", "to"))
    return f"{time_of_day(since)} to {time_of_day(to)}" if now() - to < _RECENT else ""
