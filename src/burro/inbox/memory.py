"""What an inbox must not forget although no folder carries it: how its circuit breaker stands."""

from __future__ import annotations

import json

from .breaker import Breaker, breaker_of
from .files import read_small, write_whole
from .root import Parts

_NAME = "breaker.json"
_LARGEST = 2**22


def recall(parts: Parts) -> Breaker:
    """As it was; a new one where the file is missing or cut off."""
    try:
        return breaker_of(json.loads(read_small(parts.own, _NAME, most=_LARGEST) or b"null"))
    except (OSError, ValueError, TypeError, KeyError):
        return Breaker()


def keep(parts: Parts, breaker: Breaker) -> None:
    """Write it down; a crash loses the last ends at most."""
    write_whole(parts.own, _NAME, json.dumps(breaker.plain).encode("ascii"), synced=False)


def reset(parts: Parts) -> None:
    """Somebody wants it to go on."""
    write_whole(parts.own, _NAME, json.dumps(Breaker().plain).encode("ascii"))
