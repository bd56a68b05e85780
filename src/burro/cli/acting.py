"""`burro cancel`, `hold` and `release`: say what was done to which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .clean import clean
from .face import Face, note, print_json
from .parser import Parser

_EXAMPLES = {
    "cancel": ("burro cancel 12", "burro cancel 12.3 12.7-9", "burro cancel train", "burro cancel all"),
    "hold": ("burro hold 12", "burro hold 12.50-99"),
    "release": ("burro release 12", "burro release all"),
}


def parser(verb: str) -> Parser:
    """The parser of one of the three."""
    return Parser(verb, examples=_EXAMPLES[verb]).json().ids(least=1)


def main(words: list[str], face: Face) -> int:
    """Exit 0 only if every job named was changed; `all` names those that can be."""
    options = parser(face.verb).parse(words)
    rows = face.at(options.queue).ask(face.verb, ids=options.ids)["jobs"]
    everything = options.ids == ["all"]
    if everything:
        rows = [row for row in rows if _changed(row)]
    if options.json:
        print_json({"jobs": rows})
    for row in () if options.json else rows:
        print(clean(row["text"]))
    if everything and not rows:
        note(f"there is nothing to {face.verb}")
    return 0 if all(map(_changed, rows)) else 1


def _changed(row: Mapping[str, Any]) -> bool:
    return bool(row.get("changed") or row.get("asked"))
