"""Allocations: what was asked of schedulers, and how far each is. A mark is on disk before anybody is asked."""

from __future__ import annotations

from ..base.clock import now
from .db import Database
from .jobs import Columns

ASKING, WAITING, STARTING, ENDING = "asking", "waiting", "starting", "ending"  # stages, with those of the scheduler


def add(db: Database, mark: str, *, pool: str, site: str, terms: str, size: int, now: float) -> None:
    """One is about to be asked for at this site, on these terms, with so many nodes."""
    db.run("add_allocation", {"mark": mark, "pool": pool, "site": site, "terms": terms, "size": size, "now": now})


def taken(db: Database, mark: str, number: str) -> None:
    """The scheduler has taken it, under this id."""
    db.run("give_allocation_id", {"mark": mark, "id": number})


def drop(db: Database, mark: str) -> None:
    """The scheduler has certainly not taken it."""
    db.run("drop_allocation", {"mark": mark})


def note(db: Database, facts: Columns) -> None:
    """What the scheduler says of one that has not ended."""
    db.run("note_allocation", {**facts, "now": now()})


def note_reason(db: Database, mark: str, reason: str) -> None:
    """The scheduler says something of it that tells no stage."""
    db.run("note_allocation_reason", {"mark": mark, "reason": reason})


def end(db: Database, facts: Columns) -> None:
    """It has ended."""
    db.run("end_allocation", facts)


def spend(db: Database, mark: str, core_seconds: float) -> None:
    """Attempts in it have ended that had so much."""
    db.run("spend_allocation", {"mark": mark, "used": core_seconds})


def live(db: Database) -> list[Columns]:
    """Those that have not ended, oldest first; `came`: whether a worker of it was ever here."""
    return db.dicts("live_allocations")


def listed(db: Database, *, most: int) -> list[Columns]:
    """The last ones, newest first."""
    return db.dicts("listed_allocations", {"most": most})


def asked_since(db: Database, pool: str, moment: float) -> int:
    """How many a pool has asked for since some moment."""
    ((count,),) = db.run("allocations_since", {"pool": pool, "since": moment})
    return int(count)


def dead_workers(db: Database) -> list[Columns]:
    """Workers that cannot live any more, for their allocation is gone."""
    return db.dicts("workers_of_dead")


def sweep(db: Database, *, before: float) -> None:
    """Forget those that ended long ago."""
    db.run("sweep_allocations", {"before": before})
