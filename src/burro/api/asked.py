"""A submission from Python: keywords and texts become the message that the server takes (docs/protocol.md)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from ..base.errors import UsageError
from .options import plain_options, words_of

Command = Iterable[object]
FORMS = ("argv", "shell", "script", "lines")


def submission(command: Command | None, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The form and options of one job. `command` is its argv; the other forms stand in `asked` by name."""
    options = {name: value for name, value in asked.items() if name not in (*FORMS, "args") and value is not None}
    return {**_form(command, asked), "options": plain_options(options)}


def _form(command: Command | None, asked: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: asked[name] for name in FORMS if asked.get(name) is not None}
    if command is not None:
        given["argv"] = words_of(command)
    if len(given) != 1:
        raise UsageError("give one of: a command, shell=, script=, lines=")
    if asked.get("args") and "script" not in given:
        raise UsageError("args= are the words after a script=; put a command's words into its list")
    if "argv" in given:
        return {"argv": words_of(given["argv"])}
    if "lines" in given:
        return {"lines": _lines(given["lines"])}
    return {"script": _script(given["script"], asked.get("args") or ())} if "script" in given else given


def _lines(lines: object) -> list[str]:
    if isinstance(lines, (str, bytes)) or not isinstance(lines, Iterable):
        raise UsageError("lines= is a list of shell commands, each a task; give a single one with shell=")
    return words_of(lines)


def _script(path: str | os.PathLike[str], args: Iterable[object]) -> dict[str, Any]:
    if isinstance(args, (str, bytes)):
        raise UsageError("args= is a list of words, as in args=['x']")
    try:
        with open(path, "rb") as file:
            text = os.fsdecode(file.read())
    except OSError as error:
        raise UsageError(f"cannot read the script '{path}': {error.strerror}; check its name") from None
    return {"text": text, "path": os.fspath(path), "args": words_of(args)}
