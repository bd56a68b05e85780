"""`burro doctor`: what the server finds, and what can be seen without one. Never starts a server."""

from __future__ import annotations

from ..api.checkup import examine
from ..api.told import Checkup
from .clean import clean
from .face import Face, note, print_json
from .parser import Parser

_MARKS = {True: "ok  ", False: "BAD ", None: "-   "}


def parser(_verb: str) -> Parser:
    """The parser."""
    return Parser("doctor", examples=("burro doctor", "burro doctor --json")).json()


def main(words: list[str], face: Face) -> int:
    """Exit 1 if a check failed."""
    options = parser(face.verb).parse(words)
    found = examine(face.at(options.queue).queue, tell=note)
    if options.json:
        print_json({"queue": found.queue, "checks": [vars(check) for check in found.checks], "logs": found.logs})
    else:
        _print(found)
    return 0 if found.ok else 1


def _print(found: Checkup) -> None:
    print(f"queue {clean(found.queue)}")
    width = max(len(check.name) for check in found.checks)
    for check in found.checks:
        print(f"{_MARKS[check.ok]} {check.name:<{width}}  {clean(check.text)}")
    for name, lines in found.logs.items():
        print(f"\nthe end of {name}:")
        print("\n".join(f"  {clean(line)}" for line in lines))
