"""What was set for a pool, in words: what it was and is."""

from __future__ import annotations

from ..base.text import format_duration
from .pools import PAUSED


def in_words(name: str, old: object, new: object) -> str:
    """`cpus 8 -> 4`, `cpus 4, as before`."""
    if name == PAUSED:
        return ("paused" if new else "it goes on") + (", as before" if old == new else "")
    return f"{name} {_shown(new)}, as before" if old == new else f"{name} {_shown(old)} -> {_shown(new)}"


def _shown(value: object) -> str:
    if isinstance(value, list):
        return f"{len(value)} ({','.join(value)})" if value else "0"
    if isinstance(value, dict):
        return ",".join(f"{name}={text}" for name, text in value.items()) or "none"
    if isinstance(value, float):
        return format_duration(value) if value >= 60 else f"{value:g} s"
    return "none" if value is None else str(value)
