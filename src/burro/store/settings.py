"""Settings: what the user set live, kept with the queue."""

from __future__ import annotations

from .db import Database


def get(db: Database, name: str) -> str | None:
    """The value of a setting; None where it is unset."""
    for (value,) in db.run("get_setting", {"name": name}):
        return str(value)
    return None


def put(db: Database, name: str, value: str | None) -> None:
    """Set a setting, or unset it with None."""
    if value is None:
        db.run("drop_setting", {"name": name})
    else:
        db.run("put_setting", {"name": name, "value": value})


def named(db: Database, start: str) -> dict[str, str]:
    """The settings whose names begin so: their values by the rest of the name. `start` ends with a dot."""
    bounds = {"first": start, "last": start[:-1] + chr(ord(start[-1]) + 1)}
    return {name[len(start) :]: value for name, value in db.run("settings_between", bounds)}
