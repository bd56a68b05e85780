"""A queue at another machine: its address, `ssh://[USER@]HOST[:PORT][/PATH]`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Optional

from ..base.errors import UsageError
from ..base.paths import ELSEWHERE

_FORM = re.compile(r"ssh://([A-Za-z0-9._@-]+)(?::(\d{1,5}))?(/.*)?", re.DOTALL)


@dataclass(frozen=True)
class Address:
    """Where a queue lies. `path` None: the user's own one there; `~/x` is below the home there."""

    host: str
    port: Optional[int] = None
    path: Optional[str] = None


def is_elsewhere(queue: str) -> bool:
    """Whether this names a queue at another machine, and not a directory."""
    return queue.startswith(ELSEWHERE)


def parse_address(queue: str) -> Address:
    """The parts of an address. Raises UsageError."""
    found = _FORM.fullmatch(queue)
    host, port, path = found.groups() if found else ("", None, None)
    if not host or host.startswith("-") or host.endswith("@") or "\0" in queue:
        raise UsageError(f"'{queue}' is no address of a queue; write ssh://HOST, or ssh://HOST/PATH")
    path = (path or "/").rstrip("/")
    if path.startswith("/~/") or path == "/~":
        path = path[1:]
    return Address(host, None if port is None else int(port), path or None)
