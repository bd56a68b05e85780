"""Inboxes: the directories that are watched. Folders themselves say how they stand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .db import Database
from .jobs import Columns


def put(db: Database, root: str, settings: Mapping[str, Any]) -> None:
    """Watch a directory with these settings."""
    db.run("put_inbox", {"root": json.dumps(root), "settings": json.dumps(dict(settings))})


def pause(db: Database, root: str, *, paused: bool) -> None:
    """Take nothing there, or go on."""
    db.run("pause_inbox", {"root": json.dumps(root), "paused": paused})


def drop(db: Database, root: str) -> None:
    """Watch it no more."""
    db.run("drop_inbox", {"root": json.dumps(root)})


def listed(db: Database) -> dict[str, Columns]:
    """All of them by their directories."""
    rows = db.dicts("listed_inboxes")
    return {
        json.loads(row["root"]): {"settings": json.loads(row["settings"]), "paused": bool(row["paused"])}
        for row in rows
    }
