"""Signals as people name them."""

from __future__ import annotations

import signal

from ..base.errors import UsageError


def parse_signal(value: object) -> int:
    """The number of `USR1`, `SIGUSR1` or `10`. Raises UsageError."""
    word = str(value).strip().upper()
    if word.isascii() and word.isdigit() and 0 < int(word) < signal.NSIG:
        return int(word)
    name = word if word.startswith("SIG") else "SIG" + word
    if name in signal.Signals.__members__:
        return int(signal.Signals[name])
    raise UsageError(f"there is no signal '{value}'; name it USR1, TERM or 10, behind the ids: burro signal 12 USR1")


def name_of(number: int) -> str:
    """`USR1` of 10; the number where it has no name."""
    names = {int(one): one.name[3:] for one in signal.Signals}
    return names.get(number, str(number))
