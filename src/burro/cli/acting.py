"""`burro cancel`, `hold`, `release` and `retry`: say what was done to which."""

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
    "retry": ("burro retry 12", "burro retry --failed 12 13", "burro retry 12.3", "burro retry --children 12"),
}
_ONLY = {
    "failed": "only what failed",
    "cancelled": "only what was cancelled",
    "skipped": "only what was skipped, because of what it depended on",
}


def parser(verb: str) -> Parser:
    """The parser of one of the four."""
    made = Parser(verb, examples=_EXAMPLES[verb]).json().ids(least=1)
    if verb == "retry":
        for state, about in _ONLY.items():
            made.add_argument(f"--{state}", dest="only", action="append_const", const=state, help=about)
        made.add_argument("--children", action="store_true", help="also what was skipped because of these")
    return made


def main(words: list[str], face: Face) -> int:
    """Exit 0 only if every job named was changed; `all` names those that can be."""
    options = parser(face.verb).parse(words)
    more = {"only": options.only, "children": options.children or None} if face.verb == "retry" else {}
    rows = face.at(options.queue).ask(face.verb, ids=options.ids, **more)["jobs"]
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
