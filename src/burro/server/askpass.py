"""A password that a program of the user's prints: ssh asks for it by itself, and burro never sees it (ssh(1))."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping

_SCRIPT = """\
#!/bin/sh
case $1 in
*assword*|*assphrase*|*erification*|*PIN*) exec sh -c {command} ;;
*) exit 1 ;;
esac
"""


def with_password_command(queue: str, pool: str, command: str, argv: list[str]) -> tuple[list[str], Mapping[str, str]]:
    """The command line and environment by which ssh asks `command` for a password. Raises OSError."""
    directory = os.path.join(queue, "askpass")
    os.makedirs(directory, mode=0o700, exist_ok=True)
    path = os.path.join(directory, pool)
    fresh = path + ".new"
    with open(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o700), "w", encoding="utf-8") as file:
        file.write(_SCRIPT.format(command=shlex.quote(command)))
    os.rename(fresh, path)
    env = {**os.environ, "SSH_ASKPASS": path, "SSH_ASKPASS_REQUIRE": "force"}
    asking = ["BatchMode=no" if word == "BatchMode=yes" else word for word in argv]
    return [asking[0], "-o", "NumberOfPasswordPrompts=1", *asking[1:]], env
