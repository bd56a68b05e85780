"""Signals as people name them."""

from __future__ import annotations

import signal

from ..base.errors import UsageError
from ..base.text import parse_duration


def parse_signal(value: object) -> int:
    """The number of `USR1`, `SIGUSR1` or `10`. Raises UsageError."""
    word = str(value).strip().upper()
    if word.isascii() and word.isdigit() and 0 < int(word) < signal.NSIG:
        return int(word)
    name = word if word.startswith("SIG") else "SIG" + word
    if name in signal.Signals.__members__:
        return int(signal.Signals[name])
    raise UsageError(f"there is no signal '{value}'; name it USR1, TERM or 10, behind the ids: burro signal 12 USR1")


def parse_warning(value: object) -> tuple[float, int]:
    """Seconds and signal of `5m:USR1`, of `5m` alone (USR1), or of Slurm's `B:USR1@300`. Raises UsageError."""
    text = str(value).strip()
    if "@" in text or text.startswith(("B:", "R:")):
        name, _, seconds = text.rpartition(":")[2].partition("@")
        time = f"{seconds or 60}s"
    else:
        time, _, name = text.partition(":")
    try:
        before, number = parse_duration(time), parse_signal(name or "USR1")
    except UsageError:
        before, number = 0.0, 0
    if before <= 0 or number in (0, signal.SIGKILL, signal.SIGSTOP):
        raise UsageError(f"--warn takes a time and a signal that can be caught, as in --warn 5m:USR1, not '{text}'")
    return before, number


def name_of(number: int) -> str:
    """`USR1` of 10; the number where it has no name."""
    names = {int(one): one.name[3:] for one in signal.Signals}
    return names.get(number, str(number))
