"""Names in an inbox: their order, which are never taken, which are archives, and what is done about a clash."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

_NEVER = (".part", ".tmp")
ARCHIVES = (".tar.gz", ".tar.xz", ".tgz", ".zip")


def in_order(names: Iterable[str]) -> list[str]:
    """Those that may be taken, in the bytewise order of their names."""
    return sorted((name for name in names if may_be_taken(name)), key=os.fsencode)


def may_be_taken(name: str) -> bool:
    """What begins with a dot is hidden, what ends so is still on its way."""
    return not name.startswith(".") and not name.endswith(_NEVER)


def ending(name: str) -> str:
    """The ending by which a name is one of an archive; empty: it is none."""
    return next((found for found in ARCHIVES if name.lower().endswith(found) and len(name) > len(found)), "")


def others(name: str) -> Iterator[str]:
    """The names to try one after another: `x.tar.gz`, `x-2.tar.gz`, `x-3.tar.gz`, ..."""
    yield name
    last = name[len(name) - len(ending(name)) :] if ending(name) else ""
    stem = name[: len(name) - len(last)]
    count = 1
    while True:
        count += 1
        yield f"{stem}-{count}{last}"


def shown(name: str) -> str:
    """A name on one line of a terminal or table, whatever it is made of."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
