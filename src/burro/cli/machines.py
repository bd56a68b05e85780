"""Pools that are reached by ssh from here, by this very command: what `login`, `sync`, `run` and `deploy` hold."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..base.errors import Failed, UsageError
from .face import Face
from .fan import Row, chosen


def machines(face: Face, names: Sequence[str], *, everyone: bool = False, gateways: bool = False) -> list[Row]:
    """The rows of the pools that are named, or of all that are reached by ssh. Raises UsageError, NotFound.

    `gateways`: also those of a scheduler whose commands are at a login node.
    """
    if face.elsewhere:
        raise UsageError(f"the machines of {face.queue} are reached from there; log in there and use burro pool")
    if everyone == bool(names):
        raise UsageError(f"give the name of a pool{' or --all, not both' if names else ''}; see: burro pools")
    rows = chosen(face, names, everyone=everyone, kinds=("ssh",))
    for row in rows:
        if row.get("kind", "local") != "ssh" and not (gateways and row.get("host")):
            raise UsageError(f"the pool {row['pool']} is this machine; this is for machines that are reached by ssh")
    if not rows:
        raise UsageError("no pool is reached by ssh yet; add one with: burro pool add NAME --ssh HOST")
    return rows


def asking(face: Face, row: Row) -> dict[str, str] | None:
    """The environment in which ssh asks the pool's own program for a password (server/askpass.py wrote what asks)."""
    path = os.path.join(face.queue, "askpass", str(row["pool"]))
    if not row.get("password_command") or not os.path.exists(path):
        return None
    return {**os.environ, "SSH_ASKPASS": path, "SSH_ASKPASS_REQUIRE": "force"}


def ask(face: Face, act: str, pool: str) -> dict[str, Any]:
    """Have the server do something with a pool, by a connection of its own."""
    caller = face.another_caller()
    try:
        return caller.ask({"op": "pool", "act": act, "pool": pool})
    finally:
        caller.close()


def _row(face: Face, pool: str) -> Row:
    caller = face.another_caller()
    try:
        rows = caller.ask({"op": "pools"})["pools"]
    finally:
        caller.close()
    found: Row = next(row for row in rows if row["pool"] == pool)
    return found


@contextmanager
def quiet(face: Face, row: Row, *, idle: bool) -> Iterator[None]:
    """Let a pool start nothing meanwhile; `idle`: refuse while tasks run there. What was paused before stays so.

    Where what is done fails and was not to be `idle`, it stays paused: its files are not as they should be.
    Raises Failed.
    """
    pool, paused = row["pool"], row["paused"]
    if not paused:
        ask(face, "pause", pool)
    running = _row(face, pool)["running"]
    if idle and running:
        if not paused:
            ask(face, "resume", pool)
        are = "1 task is" if running == 1 else f"{running} tasks are"
        raise Failed(f"{are} running at {pool}; let them end, or say --force")
    well = False
    try:
        yield
        well = True
    finally:
        if not paused and (well or idle):
            ask(face, "resume", pool)


def stays_paused(pool: str, why: str) -> Failed:
    """The error for what went wrong within `quiet`."""
    return Failed(f"{why}; {pool} stays paused until that is right; then: burro pool resume {pool}")
