"""The same again and again, for people who watch."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import TextIO

from ..base import clock
from ..base.errors import UsageError

EVERY = 2.0  # seconds
_HOME, _CLEAR_LINE, _CLEAR_BELOW = "\x1b[H", "\x1b[K", "\x1b[J"  # ECMA-48: CUP, EL, ED


def spread(words: list[str]) -> list[str]:
    """`-w` and `--watch` with their seconds, so that an id behind them is an id."""
    return [f"--watch={EVERY:g}" if word in ("-w", "--watch") else word for word in words]


def seconds(text: str) -> float:
    """The seconds of `--watch=5`. Raises UsageError."""
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0.1 <= found <= 86400:
        raise UsageError(f"--watch takes seconds between two looks, as in --watch=5, not '{text}'")
    return found


def redraw(draw: Callable[[], None], *, every: float) -> int:
    """Draw until Ctrl-C or until nobody reads; in place on a terminal, one below the other elsewhere."""
    terminal = sys.stdout.isatty()
    if terminal:
        sys.stdout.write(_HOME + _CLEAR_BELOW)
    try:
        while True:
            _in_place(draw) if terminal else draw()
            sys.stdout.flush()
            clock.pause(every)
            if not terminal:
                print()
    except KeyboardInterrupt:
        return 0


def _in_place(draw: Callable[[], None]) -> None:
    """Over what stands there, without a blank screen in between."""
    real, sys.stdout = sys.stdout, _Kept(sys.stdout)
    try:
        draw()
        text = sys.stdout.getvalue()
    finally:
        sys.stdout = real
    lines = text.splitlines()[: _height() - 1]
    real.write(_HOME + "".join(f"{line}{_CLEAR_LINE}\n" for line in lines) + _CLEAR_BELOW)


def _height() -> int:
    from shutil import get_terminal_size

    return get_terminal_size().lines


class _Kept(io.StringIO):
    """Collects what would go to a terminal, and looks like that terminal."""

    def __init__(self, terminal: TextIO) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._terminal.fileno()
