"""Workers as the store knows them."""

from __future__ import annotations

import json

from .db import Database, Row
from .jobs import Columns

UP, AWAY, GONE = "up", "away", "gone"


def sign_in(db: Database, facts: Columns, *, now: float) -> int:
    """A worker says hello: its number."""
    wanted = ("pool", "host", "boot", "pid", "cpus", "mem")
    values = {"name": facts["worker"], **{name: facts[name] for name in wanted}, "now": now}
    values["allocation"] = facts.get("allocation")
    values["said"] = json.dumps(facts["said"]) if facts.get("said") else None
    ((worker,),) = db.run("sign_in_worker", values)
    return int(worker)


def mark(db: Database, worker: int, state: str) -> None:
    """Note that a worker is up, away, or gone for good."""
    db.run("mark_worker", {"worker": worker, "state": state})


def listed(db: Database) -> list[Columns]:
    """Workers that hold or may hold work."""
    return db.dicts("all_workers")


def held(db: Database) -> list[Row]:
    """Everything that some worker holds: (worker, job, idx, token, cpus, mem)."""
    return db.run("held_tasks")


def held_in(db: Database, pool: str) -> tuple[int, int]:
    """How many tasks the workers of a pool hold, connected or not, and how many of them run."""
    ((held_, running),) = db.run("held_in_pool", {"pool": pool})
    return held_, running
