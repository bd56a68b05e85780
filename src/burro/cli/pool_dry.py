"""`burro pool dry-run`: what would be handed over to get a worker, and to whom."""

from __future__ import annotations

import sys

from .clean import clean
from .face import Face, note, print_json
from .parser import Parser


def parser(act: str) -> Parser:
    """The parser."""
    examples = ("burro pool dry-run whole", "burro pool dry-run whole > mine.sh", "burro pool dry-run whole --json")
    made = Parser("pool", act=act, examples=examples).json()
    made.add_argument("pool", metavar="POOL", help="the name of a pool")
    return made


def main(act: str, words: list[str], face: Face) -> int:
    """The script on standard output, so that it can be kept; what is said of it on standard error."""
    options = parser(act).parse(words)
    answer = face.at(options.queue).ask("pool", act=act, pool=options.pool)
    if options.json:
        print_json({name: answer[name] for name in ("pool", "command", "script", "about")})
        return 0
    if answer["command"] and answer["script"]:
        note(clean(answer["command"]))
    elif answer["command"]:
        print(clean(answer["command"]))
    note(clean(answer["about"]))
    sys.stdout.write(answer["script"])
    return 0
