"""What goes before the command of a job's tasks."""

from __future__ import annotations

import json
from typing import Any

from ..link.place import role_command
from .texts import as_words


def around(wire: dict[str, Any]) -> list[str]:
    """The words: making way for outputs that are recorded (outputs.py), then the pool's `wrap`."""
    way = _way(json.dumps(wire["outputs"])) if wire.get("outputs") else []
    return [*way, *map(str, wire.get("around") or ())]


def _way(text: str) -> list[str]:
    """The number of outputs is not limited by how long a word of a command line may be."""
    first, *more = as_words(text)
    return [*role_command(first, "scheduled"), *more]
