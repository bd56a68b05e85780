"""Pools whose workers come to the server: who starts those, and by which way they come."""

from __future__ import annotations

from ..base.errors import UsageError

PREFIX = "command_prefix"  # a command of the user's starts them
JOIN = "join"  # people start them
LINK, TLS, SSH, FOLDER = "link", "tls", "ssh", "folder"  # the entry, and what it can be
LINKS = (TLS, SSH, FOLDER)


def read_link(name: str, value: object) -> str:
    """One of LINKS. Raises UsageError."""
    if value not in LINKS:
        raise UsageError(f"{name} must be {', '.join(LINKS)}, not '{value}'")
    return str(value)


def read_yes(name: str, value: object) -> bool:
    """Whether it is so. Raises UsageError."""
    if value in ("true", "false"):
        value = value == "true"
    if not isinstance(value, bool):
        raise UsageError(f"{name} is true or false, not '{value}'")
    return value
