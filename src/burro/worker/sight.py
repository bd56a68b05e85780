"""Whether a worker sees the repository of a scheduled task: else that would write into another directory."""

from __future__ import annotations

import os
from typing import Any, Optional

_LONGEST = 200  # bytes


def sees(outputs: Optional[dict[str, Any]]) -> bool:
    """Whether the mark is there that was put into the repository when the task was scheduled; of others always."""
    mark = (outputs or {}).get("sees")
    if not mark:
        return True
    path, text = mark
    try:
        with open(path, "rb") as file:
            found: bytes = file.read(_LONGEST)
    except OSError:
        return False
    return found.strip() == os.fsencode(text)
