"""How long a pool's workers may go on unheard."""

from __future__ import annotations

from typing import Optional

from ..base.errors import UsageError
from ..base.text import parse_duration


def read_lease(name: str, value: object) -> float:
    """Seconds; 0: it does not end by itself. Raises UsageError."""
    if value == "never":
        return 0.0
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise UsageError(f"{name} takes a duration, as in 40m, or never; not '{value}'")
    seconds = float(value) if isinstance(value, (int, float)) else parse_duration(value)
    if seconds < 60:
        raise UsageError(f"{name} must be a minute at least, not '{value}'; or never")
    return seconds


def looser(one: Optional[float], other: Optional[float]) -> Optional[float]:
    """The lease that ends later; None: never."""
    return None if not one or not other else max(one, other)
