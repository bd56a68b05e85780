"""Attempts that are a scheduler's own jobs: each is on disk before anybody is asked for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from .claims import Key
from .db import Database
from .jobs import Columns

ASKING, TAKEN, REVOKED, ENDED = "asking", "taken", "revoked", "ended"  # stages
CANCEL, BACK, RELEASE = (
    "cancel",
    "back",
    "release",
)  # what one is stopped for: its owner; to be given back; the queue ends


def add(db: Database, places: Mapping[Key, int | None], *, pool: str, mark: str, now: float) -> None:
    """These are about to be asked for together, each with its place in the scheduler's array."""
    db.run_many("add_handed", [(*key, pool, mark, place, now) for key, place in places.items()])


def taken(db: Database, ids: Mapping[Key, str]) -> None:
    """The scheduler has taken them, under these ids."""
    db.run_many("give_handed_id", [(number, *key) for key, number in ids.items()])


def drop(db: Database, keys: Iterable[Key]) -> None:
    """The scheduler has certainly not got them."""
    db.run_many("drop_handed", list(keys))


def revoke(db: Database, keys: Iterable[Key]) -> None:
    """They will never begin, whatever the scheduler still has of them."""
    db.run_many("revoke_handed", list(keys))


def begin(db: Database, key: Key, *, node: str, number: str | None, said: Mapping[str, str] | None = None) -> None:
    """One has begun there, as the scheduler's job of this number. `said`: what it finds there of that job."""
    db.run("place_handed", (node, number or None, json.dumps(said) if said else None, *key))


def end(db: Database, words: Mapping[Key, str | None]) -> None:
    """They have ended; the word of the scheduler's for each, where it was heard."""
    db.run_many("end_handed", [(word, *key) for key, word in words.items()])


def wish(db: Database, keys: Iterable[Key], why: str) -> None:
    """They are to be stopped."""
    db.run_many("wish_handed", [(why, *key) for key in keys])


def live(db: Database, pool: str) -> list[Columns]:
    """Those of a pool that a scheduler has or may have, oldest first."""
    return db.dicts("live_handed", {"pool": pool})


def id_of(db: Database, key: Key) -> str | None:
    """What its scheduler calls it; None where that is not known."""
    return next((number for (number,) in db.run("handed_id", key)), None)


def pools(db: Database) -> set[str]:
    """The pools that have any."""
    return {pool for (pool,) in db.run("pools_handed")}
