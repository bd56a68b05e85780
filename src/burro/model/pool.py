"""What can be set for a pool, in burro.toml or live: each value read, or refused with one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Union

from ..base.errors import UsageError

FIFO, MCF = "fifo", "mcf"  # first come first served; most cpus first within a priority
POLICIES = (FIFO, MCF)
_NO_COUNTERS = ("mem", "memory", "gpu", "cpu", "name", "pool", "paused", "workers", "time")
_HIGHEST = 2**31

Value = Union[int, str, list[str]]


def read_entry(name: str, value: object) -> Value:
    """One entry of a pool: cpus, gpus (a number or their ids), policy, or a counter. Raises UsageError."""
    if name == "cpus":
        return _number(name, value)
    if name == "gpus":
        return [_gpu(gpu) for gpu in value] if isinstance(value, list) else _number(name, value)
    if name == "policy":
        if value not in POLICIES:
            raise UsageError(f"policy must be {' or '.join(POLICIES)}, not '{value}'")
        return str(value)
    if not name.isidentifier() or name in _NO_COUNTERS:
        raise UsageError(f"a pool has cpus, gpus, policy and counters of your own with a plain name; not '{name}'")
    return _number(name, value)


def read_table(entries: Mapping[str, object]) -> dict[str, Value]:
    """All entries of a pool. Raises UsageError."""
    return {name: read_entry(name, value) for name, value in entries.items()}


def counters(entries: Mapping[str, Value]) -> dict[str, int]:
    """Those entries that are counters."""
    fixed = ("cpus", "gpus", "policy")
    return {name: value for name, value in entries.items() if name not in fixed and isinstance(value, int)}


def chosen_gpus(value: Value | None, found: tuple[str, ...]) -> tuple[str, ...]:
    """The ids that may be handed out, of those found: a list as it is; a number, so many of them, or 0, 1, ..."""
    if isinstance(value, list):
        return tuple(value)
    if not isinstance(value, int):
        return found
    return found[:value] if value <= len(found) else tuple(str(number) for number in range(value))


def _gpu(value: object) -> str:
    text = str(value)
    if isinstance(value, bool) or not text or not text.isprintable() or set(text) & {",", " "}:
        raise UsageError(f"gpus takes a number or a list of ids, and '{text}' is no id")
    return text


def _number(name: str, value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _HIGHEST:
        raise UsageError(f"{name} takes a whole number from 0, not '{value}'")
    return value
