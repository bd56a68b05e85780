"""What a record is called that nobody gave a message."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ..base.errors import UsageError
from .open_records import Row
from .placeholders import expand

_MOST = 40  # characters, as DataLad has it


def title_of(row: Row, told: Mapping[str, Any], root: str) -> str:
    """The beginning of its command as it ran, in one line; what is no placeholder stays as it was written."""
    here = os.path.normpath(os.path.join(root, told["pwd"]))
    values = {"inputs": told["inputs"], "outputs": told["outputs"], "pwd": here, "dspath": root, "tmpdir": "$TMPDIR"}
    command = str(told["cmd"])
    try:
        command = expand(command, values, indexed=row["task"] is None)
    except UsageError:
        pass  # of others' jobs, where braces mean nothing
    command = " ".join(command.split())
    return command if len(command) <= _MOST else command[: _MOST - 3] + "..."
