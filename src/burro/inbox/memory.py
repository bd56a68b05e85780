"""What an inbox must not forget although no folder carries it: its circuit breaker, and which folders are moved now."""

from __future__ import annotations

import json

from .breaker import Breaker, breaker_of
from .files import read_small, remove, write_whole
from .root import Parts

_NAME, _MOVES, _RESUMED = "breaker.json", "moves.json", "resumed"
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


def resume(parts: Parts, said: float) -> None:
    """Somebody said then that it is to go on. Once is enough: who watches next goes on from there."""
    mark = json.dumps(said).encode("ascii")
    if read_small(parts.own, _RESUMED, most=_LARGEST) != mark:
        write_whole(parts.own, _NAME, json.dumps(Breaker().plain).encode("ascii"))
        write_whole(parts.own, _RESUMED, mark)


def note_moves(parts: Parts, keys: dict[str, str]) -> None:
    """These folders, by name, with their keys, are about to be moved to complete/, where one looks for no others."""
    write_whole(parts.own, _MOVES, json.dumps(keys).encode("ascii"), synced=False)


def moves(parts: Parts) -> dict[str, str]:
    """Those that were about to be moved when somebody died."""
    try:
        found = json.loads(read_small(parts.own, _MOVES, most=_LARGEST) or b"{}")
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def forget_moves(parts: Parts) -> None:
    """All of them have arrived."""
    remove(parts.own, _MOVES)
