"""Placeholders in a command and in paths: `{inputs}`, `{outputs[0]}`, `{pwd}`, `{dspath}`, `{tmpdir}`; `{{` is a brace.

`{i}` is the index of a task, which is not known before it runs; a sweep's own names are filled in when it is scheduled.
"""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from collections.abc import Callable, Mapping, Sequence

from ..base.errors import UsageError

INDEX = "{i}"
_ONE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_LISTS = re.compile(r"(\{(?:inputs|outputs)(?:\[\d+\])?\})")  # come quoted
_PLACES = re.compile(r"(\{(?:pwd|dspath|tmpdir)\})")  # come as they are; the shell may have to look into them
_PICKED = re.compile(r"(\w+)\[(\d+)\]")


def joined(words: Sequence[str]) -> str:
    """Words as a line of the shell, quoted but for the placeholders in them; one word is such a line already.

    >>> joined(["cat", "a b", "--to={outputs[0]}", "{inputs}"])
    "cat 'a b' --to={outputs[0]} {inputs}"
    """
    return words[0] if len(words) == 1 else " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    if not _LISTS.search(word) and not _PLACES.search(word):
        return shlex.quote(word)
    whole = ""
    for piece in _LISTS.split(word):
        for part in [piece] if _LISTS.fullmatch(piece) else _PLACES.split(piece):
            held = f'"{part}"' if _PLACES.fullmatch(part) else part
            whole += held if held != part or _LISTS.fullmatch(part) or not part else shlex.quote(part)
    return whole


def expand(text: str, values: Mapping[str, str | Sequence[str]], *, indexed: bool) -> str:
    """The text as it is meant to run. Lists are quoted for the shell; `{i}` stays where tasks have an index.

    Raises UsageError for what is no placeholder.
    """
    return _mapped(text, lambda name: _value(text, name, values, indexed), brace=lambda both: both[0])


def paths_of(texts: Sequence[str], *, root: str, pwd: str, indexed: bool = False) -> list[str]:
    """Declared paths as they are called in the repository. Raises UsageError for what is no placeholder."""
    if not any(map(has_braces, texts)):
        return list(texts)
    values = {"pwd": os.path.normpath(os.path.join(root, pwd)), "dspath": root, "tmpdir": tempfile.gettempdir()}
    return [expand(one, values, indexed=indexed) for one in texts]


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with some placeholders filled in for good, all others as they were: what a record keeps."""

    def value(name: str) -> str:
        return values[name].replace("{", "{{").replace("}", "}}") if name in values else "{" + name + "}"

    return _mapped(text, value, brace=lambda both: both)


def _mapped(text: str, value: Callable[[str], str], *, brace: Callable[[str], str]) -> str:
    def one(found: re.Match[str]) -> str:
        if found[0] in ("{{", "}}"):
            return brace(found[0])
        if found[1] is None:
            raise UsageError(f"there is a lone {found[0]} in '{text}'; for the character itself write it twice")
        return value(found[1])

    return _ONE.sub(one, text) if has_braces(text) else text


def has_braces(text: str) -> bool:
    """Whether there may be a placeholder in it: in most of thousands of paths is none."""
    return "{" in text or "}" in text


def _value(text: str, name: str, values: Mapping[str, str | Sequence[str]], indexed: bool) -> str:  # noqa: FBT001 - ours
    if name == "i" and indexed:
        return INDEX
    picked = _PICKED.fullmatch(name)
    found = values.get(picked[1] if picked else name)
    if picked and found is not None and not isinstance(found, str) and int(picked[2]) < len(found):
        return shlex.quote(found[int(picked[2])])
    if picked or found is None:
        hint = "; {i} is the index of a task of an --array" if name == "i" else ""
        raise UsageError(
            f"'{{{name}}}' in '{text}' is no placeholder here{hint}; there are {{inputs}}, {{outputs}}, {{pwd}}, "
            "{dspath}, {tmpdir}; for a brace write it twice"
        )
    return found if isinstance(found, str) else " ".join(map(shlex.quote, found))
