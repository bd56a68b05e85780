"""The pool of this machine: where its worker lives, and how its keeper is started."""

from __future__ import annotations

import os
import secrets
import subprocess

from ..base.paths import host
from ..model.pool import LOCAL

Keeper = subprocess.Popen[bytes]


def new_worker_name() -> str:
    """A name for a worker of this machine: pool, node and a random part."""
    return f"{LOCAL}-{host()}-{secrets.token_hex(4)}"


def start_keeper(command: list[str], log: str) -> Keeper:
    """Start a keeper, detached: a session of its own, none of our descriptors. What it cannot say goes to `log`."""
    end = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=end,
            start_new_session=True,
            env={**os.environ, "BURRO_ROLE": "keeper"},
        )
    finally:
        os.close(end)
