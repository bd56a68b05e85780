"""What a person can submit: a command, a shell line, a batch script, or a file of shell commands."""

from __future__ import annotations

import os
import sys

from ..base.errors import UsageError
from .words import Typed

OPTION_LINES = tuple(kind + gap for kind in ("#SBATCH", "#BURRO") for gap in (" ", "\t"))
Form = dict[str, object]


def command(typed: Typed, rest: list[str], *, verb: str, away: bool = False) -> Form:
    """The one of `argv`, `shell`, `script` and `lines` (docs/protocol.md) that was typed. Raises UsageError.

    `away`: it is for another machine, so that a script that lies here has to go as text.
    """
    named = [name for name in ("file", "shell", "script") if name in typed]
    if len(named) > 1:
        raise UsageError(f"--{named[0]} and --{named[1]} do not go together; give one of them")
    if named and named[0] != "script" and rest:
        raise UsageError(f"'{rest[0]}' stands beside --{named[0]}, which is the whole command; leave one of them out")
    if "file" in typed:
        return {"lines": _commands(str(typed["file"]))}
    if "shell" in typed:
        return {"shell": typed["shell"]}
    if "script" in typed:
        return {"script": _script(str(typed["script"]), rest)}
    if not rest:
        raise UsageError(f"there is no command; write: burro {verb} COMMAND ARGUMENTS, or see: burro {verb} --help")
    return _by_first_word(rest, typed, away=away)


def _by_first_word(words: list[str], typed: Typed, *, away: bool) -> Form:
    """A script is taken as text now; everything else is a command, which is looked up where it will run."""
    first = words[0]
    if first == "-":
        return {"script": {"text": os.fsdecode(sys.stdin.buffer.read()), "path": None, "args": words[1:]}}
    if not _is_file(first):
        return {"argv": words}
    if os.path.isdir(first):
        if away or "chdir" in typed or "pool" in typed:  # there it may be a command
            return {"argv": words}
        raise UsageError(f"'{first}' is a directory; name a command or a script")
    text = _batch_text(first, always=away)
    if text is not None:
        return {"script": {"text": text, "path": first, "args": words[1:]}}
    if away or "/" in first:
        return {"argv": words}
    return {"argv": [os.path.join(os.getcwd() if "chdir" in typed else ".", first), *words[1:]]}


def _is_file(word: str) -> bool:
    return os.path.exists(word) and ("/" in word or not _on_path(word))


def _on_path(word: str) -> bool:
    for directory in os.environ.get("PATH", os.defpath).split(":"):
        path = os.path.join(directory or ".", word)
        if os.access(path, os.X_OK) and os.path.isfile(path):
            return True
    return False


def _batch_text(path: str, *, always: bool) -> str | None:
    """The text of a batch script, or of any that begins with `#!` if `always` is set.

    None for any other file, which may be large, a device, or unreadable for us.
    """
    if not os.path.isfile(path):
        return None
    try:
        with open(path, "rb") as file:
            if file.read(2) != b"#!":
                return None
            text = "#!" + os.fsdecode(file.read())
    except OSError:
        return None
    return text if always or not os.access(path, os.X_OK) or has_option_lines(text) else None


def has_option_lines(text: str) -> bool:
    """Whether a script has #SBATCH or #BURRO lines before its first command."""
    for line in text.split("\n"):
        if line.startswith(OPTION_LINES):
            return True
        if line.strip() and not line.startswith("#"):
            return False
    return False


def _script(path: str, args: list[str]) -> Form:
    return {"text": _text(path, "script"), "path": path, "args": args}


def _commands(path: str) -> list[str]:
    text = os.fsdecode(sys.stdin.buffer.read()) if path == "-" else _text(path, "file of commands")
    lines = [line.rstrip("\r") for line in text.split("\n")]
    kept = [line for line in lines if line.strip() and not line.startswith("#")]
    if not kept:
        raise UsageError(f"{path} has no command in it; write one shell command a line")
    return kept


def _text(path: str, what: str) -> str:
    try:
        with open(path, "rb") as file:
            return os.fsdecode(file.read())
    except IsADirectoryError:
        raise UsageError(f"'{path}' is a directory; name a {what}") from None
    except OSError as error:
        raise UsageError(f"cannot read the {what} '{path}': {error.strerror}; check its name") from None
