"""The one place where tests wait: for an event, at most so long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")
PATIENCE = 3  # a busy computer takes so many times as long as an idle one


def until(predicate: Callable[[], Value], within: float) -> Value:
    """What `predicate` gives once that is true. Fails after `within` seconds of an idle computer."""
    end = time.monotonic() + within * PATIENCE
    while not (value := predicate()):
        assert time.monotonic() < end, f"not within {within:g} s: {getattr(predicate, '__name__', predicate)}"
        threading.Event().wait(0.01)
    return value
