"""The statements: one a file in sql/, read once, named by the file."""

from __future__ import annotations

import os
from functools import cache

_HERE = os.path.join(os.path.dirname(__file__), "sql")


@cache
def sql(name: str) -> str:
    """The text of sql/NAME.sql.

    Tests prove their checker on a store that is broken on purpose: with BURRO_TESTING=1, a file of the same name in
    $BURRO_SQL goes first.
    """
    broken = os.environ.get("BURRO_SQL") if os.environ.get("BURRO_TESTING") == "1" else None
    for directory in (broken, _HERE):
        path = os.path.join(directory, name + ".sql") if directory else ""
        if path and os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                return file.read()
    raise LookupError(f"there is no statement {name}")


def names() -> list[str]:
    """All statements there are."""
    return sorted(name[:-4] for name in os.listdir(_HERE) if name.endswith(".sql"))
