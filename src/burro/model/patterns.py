"""File name patterns: `%j` and its like, and the name of a later attempt's file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..base.clock import stamp

SINGLE_OUTPUT = "burro-%j.out"
ARRAY_OUTPUT = "burro-%A/%a.out"


def letters_of(spec: Mapping[str, Any], *, job: int, idx: int, number: int, host: str) -> dict[str, str]:
    """The texts of the letters for one attempt of a job with this spec."""
    return {
        "j": str(job),
        "A": str(job),
        "a": str(idx),
        "x": str(spec["name"]),
        "N": host,
        "t": str(number),
        "u": str(spec.get("user", "")),
        "d": stamp(float(spec["submitted"])),
    }


def expand(pattern: str, values: Mapping[str, str]) -> str:
    """The name that `pattern` stands for, `values` giving the text of each letter; `%%` is a percent sign.

    A `/` in a value becomes `_`, so that a job's name cannot lead elsewhere; an unknown letter stays as it is.
    """
    if "%" not in pattern:
        return pattern
    pieces = pattern.split("%")
    name, rest = pieces[0], iter(pieces[1:])
    for piece in rest:
        if piece == "":
            name += "%" + next(rest, "")
        elif piece[0] in values:
            name += values[piece[0]].replace("/", "_") + piece[1:]
        else:
            name += "%" + piece
    return name


def of_attempt(pattern: str, number: int) -> str:
    """The pattern for one attempt: later ones get `.2`, `.3` unless the pattern tells attempts apart itself."""
    return pattern if number == 1 or "%t" in pattern else f"{pattern}.{number}"


def another(path: str, count: int) -> str:
    """The `count`-th other name to try where `path` is taken by a file that is not ours: `x.out`, `x-1.out`, ..."""
    head, slash, name = path.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    if ending.isdigit() and "." in stem:  # a later attempt's file: keep `.out.2` together
        stem, dot, ending = stem.rpartition(".")[0], ".", name[len(stem.rpartition(".")[0]) + 1 :]
    return f"{head}{slash}{stem}-{count}{dot}{ending}" if dot else f"{path}-{count}"
