"""What is to be run: words, a line for the shell, lines, or a script with its text."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from itertools import dropwhile
from typing import Any

from ..base.errors import UsageError
from . import fields

Raw = Mapping[str, Any]
Command = Any  # `kind` tells which


def parse_command(raw: Raw) -> tuple[str, Command]:
    """Its kind and what it is. Raises UsageError."""
    kinds = [kind for kind in ("argv", "shell", "script", "lines") if raw.get(kind) is not None]
    if len(kinds) != 1:
        raise UsageError("a submission is one of a command, --shell, a script or -f FILE; give exactly one of them")
    kind, command = kinds[0], raw[kinds[0]]
    if kind == "argv" and not (_is_words(command) and command and command[0]):
        raise UsageError("there is no command to run; write: burro submit COMMAND ARGUMENTS")
    if kind == "shell" and not (isinstance(command, str) and command.strip()):
        raise UsageError("--shell needs a command line, as in: burro submit --shell 'sort a | uniq > b'")
    if kind == "lines" and not _is_words(command):
        raise UsageError("'lines' is a list of shell commands; give one text for each task")
    if kind == "script" and not (isinstance(command, dict) and isinstance(command.get("text"), str)):
        raise UsageError("a script comes with its text; give its path or its text")
    if _has_nul(command):
        raise UsageError("a command cannot contain a NUL character; remove it")
    return kind, command


def _has_nul(value: object) -> bool:
    """Whether some text in a list, a dictionary or alone has a character that no command line can carry."""
    if isinstance(value, dict):
        return any(map(_has_nul, value.values()))
    if isinstance(value, list):
        return any(map(_has_nul, value))
    return isinstance(value, str) and "\0" in value


def _is_words(command: object) -> bool:
    return isinstance(command, list) and all(isinstance(word, str) for word in command)


def parse_lines(command: Sequence[str]) -> list[str]:
    """The commands of a file, blank and comment lines left out. Raises UsageError where there is none."""
    lines = [line for line in command if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        raise UsageError("the file has no command in it; write one shell command a line")
    return lines


def shown(kind: str, command: Command) -> str:
    """The command as one line for people."""
    if kind == "argv":
        return shlex.join(command)
    if kind == "script":
        return shlex.join([command.get("path") or "-", *(command.get("args") or [])])
    return str(command) if kind == "shell" else str(command[0]) + (" ..." if len(command) > 1 else "")


def default_name(kind: str, command: Command) -> str:
    """The name of a job that was given none: its program's."""
    if kind == "script":
        return os.path.basename(command.get("path") or "script")
    words = command if kind == "argv" else (command if kind == "shell" else command[0]).split()
    words = list(
        dropwhile(lambda word: "=" in word.partition("/")[0], words)
    )  # what is set before a command may be a secret
    name = os.path.basename(words[0].rstrip("/")) if words else "shell"
    return "".join(c if c.isprintable() else "?" for c in name)[: fields.LONGEST] or "job"
