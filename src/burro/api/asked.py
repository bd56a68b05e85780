"""A submission from Python: keywords and texts become the message that the server takes (docs/protocol.md)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..base.errors import UsageError

Command = Sequence[str] | str
FORMS = ("argv", "shell", "script", "lines")


def submission(command: Command | None, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The form and options of one job. `command` is its argv; the other forms stand in `asked` by name."""
    if isinstance(command, (str, bytes)):
        raise UsageError("a command is a list of words, as in ['sort', 'a.txt']; give a line to the shell with shell=")
    options = {name: value for name, value in asked.items() if name not in (*FORMS, "args") and value is not None}
    if "array" in options:
        options["array"] = _indices(options["array"])
    for name in ("output", "error", "input", "chdir"):
        if name in options:
            options[name] = os.fspath(options[name])
    return {**_form(command, asked), "options": options}


def _form(command: Sequence[str] | None, asked: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: asked[name] for name in FORMS if asked.get(name) is not None}
    if command is not None:
        given["argv"] = command
    if len(given) != 1:
        raise UsageError("give one of: a command, shell=, script=, lines=")
    if asked.get("args") and "script" not in given:
        raise UsageError("args= are the words after a script=; put a command's words into its list")
    if "argv" in given:
        return {"argv": [os.fspath(word) for word in given["argv"]]}
    if "lines" in given:
        return {"lines": list(given["lines"])}
    return {"script": _script(given["script"], asked.get("args") or ())} if "script" in given else given


def _script(path: str | os.PathLike[str], args: Iterable[str]) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            text = os.fsdecode(file.read())
    except OSError as error:
        raise UsageError(f"cannot read the script '{path}': {error.strerror}; check its name") from None
    return {"text": text, "path": os.fspath(path), "args": [os.fspath(word) for word in args]}


def _indices(array: object) -> object:
    """A range or other numbers as the server takes them; a text stays as it is."""
    if isinstance(array, range) and array and array.step > 0:
        return f"{array[0]}-{array[-1]}:{array.step}"
    return array if isinstance(array, str) or not isinstance(array, Iterable) else list(array)
