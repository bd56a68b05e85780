"""Events: facts in the order they were committed."""

from __future__ import annotations

from .db import Database, Row


def add(db: Database, what: str, detail: str = "", *, job: int | None = None, now: float) -> None:
    """Note a fact in the same transaction as the change it is about."""
    db.run("add_event", {"at": now, "job": job, "what": what, "detail": detail})


def since(db: Database, seq: int, *, most: int = 1000) -> list[Row]:
    """Events after `seq`: (seq, at, job, what, detail)."""
    return db.run("events_since", {"seq": seq, "most": most})
