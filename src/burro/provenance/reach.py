"""How a call learns of pools and gets to their machines."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Reach:
    """The server's answers, and the queue's directory."""

    ask: Callable[..., dict[str, Any]]
    queue: str

    def pools(self) -> dict[str, Row]:
        """What the server says of each pool, by its name."""
        return {row["pool"]: row for row in self.ask("pools")["pools"]}

    def environment(self, row: Row) -> dict[str, str] | None:
        """In which ssh asks the pool's own program for a password, where it has one (server/askpass.py)."""
        path = os.path.join(self.queue, "askpass", str(row["pool"]))
        if not row.get("password_command") or not os.path.exists(path):
            return None
        return {**os.environ, "SSH_ASKPASS": path, "SSH_ASKPASS_REQUIRE": "force"}
