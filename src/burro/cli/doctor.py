"""`burro doctor`: what the server finds, and what can be seen without one. Never starts a server."""

from __future__ import annotations

from ..api.checkup import examine
from ..api.told import Checkup
from ..base.errors import UsageError
from ..base.text import parse_duration
from . import trying
from .clean import clean
from .face import Face, note, print_json
from .parser import Parser

_MARKS = {True: "ok  ", False: "BAD ", None: "-   "}


def parser(_verb: str) -> Parser:
    """The parser."""
    made = Parser("doctor", examples=("burro doctor", "burro doctor --json", "burro doctor --pool whole")).json()
    made.add_argument("-p", "--pool", metavar="NAME", help="try on a node of this pool which ways lead to the server")
    made.add_argument("--here", action="store_true", help="with --pool: this is a node of it, try from here")
    made.add_argument("--timeout", metavar="TIME", default="2m", help="with --pool: wait so long for a node (2m)")
    return made


def main(words: list[str], face: Face) -> int:
    """Exit 1 if a check failed."""
    options = parser(face.verb).parse(words)
    if options.pool is not None:
        within = parse_duration(options.timeout)
        return trying.examine(
            face.at(options.queue), options.pool, here=options.here, within=within, as_json=options.json
        )
    if options.here:
        raise UsageError("--here needs a pool: burro doctor --pool NAME --here")
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
