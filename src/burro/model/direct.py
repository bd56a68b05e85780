"""What is set for a pool whose tasks are jobs of a scheduler's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Union

from ..base.errors import UsageError
from .growth import count

MODE = "mode"
PILOT, ONE_EACH = "pilot", "direct"
TAKING = ("slurm",)  # schedulers that are given tasks
MAX_JOBS = 1000  # tasks that are with the scheduler at a time, where the pool does not say


def _mode(name: str, value: object) -> str:
    if value not in (PILOT, ONE_EACH):
        raise UsageError(f"{name} must be {PILOT} or {ONE_EACH}, not '{value}'")
    return str(value)


DIRECT: Mapping[str, Callable[[str, Any], Union[int, str]]] = {
    MODE: _mode,
    "max_jobs": count,  # tasks that are with the scheduler at a time
    "max_pending": count,  # of these those that have not begun
}


def is_direct(entries: Mapping[str, object]) -> bool:
    """Whether each task of a pool is a job of its scheduler's own."""
    return "scheduler" in entries and entries.get(MODE, PILOT) != PILOT


def places(entries: Mapping[str, object], *, begun: int) -> int:
    """How many tasks a pool may have with its scheduler now, of which so many have begun."""
    most = entries.get("max_jobs", MAX_JOBS)
    waiting = entries.get("max_pending")
    assert isinstance(most, int)
    return min(most, begun + waiting) if isinstance(waiting, int) else most
