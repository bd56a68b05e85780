"""What goes before the command of a job's tasks."""

from __future__ import annotations

import json
from typing import Any

from ..link.place import role_command


def around(wire: dict[str, Any]) -> list[str]:
    """The words: making way for outputs that are recorded (outputs.py), then the pool's `wrap`."""
    way = role_command(json.dumps(wire["outputs"]), "scheduled") if wire.get("outputs") else []
    return [*way, *map(str, wire.get("around") or ())]
