"""`burro set` and `burro signal`: say what was changed for which, and who was sent what."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any

from ..base.errors import UsageError
from ..model.edit import FIELDS
from ..model.options import OPTIONS, REPEATED
from .clean import clean
from .face import Face, note, print_json
from .options import ABOUT
from .parser import Parser

_OWN = (("array-limit", "", "array_limit", True), ("command", "", "command", True))
_SET = (*(entry for entry in OPTIONS if entry[2] in FIELDS), *_OWN)
_ABOUT = {
    **ABOUT,
    "array_limit": ("N", "so many tasks at a time"),
    "command": ("LINE", "run LINE by /bin/sh; or write the new command behind --"),
}
_CLEARED = "none takes away: time, mem, need, time-min, begin, dependency, array-limit, max-fails."
_DEFAULT = re.compile(r" \([^()]*\)$")  # what `submit` takes where nothing is said
Row = Mapping[str, Any]


def parser(verb: str) -> Parser:
    """The parser of one of the two."""
    if verb == "signal":
        made = Parser("signal", examples=("burro signal 12 USR1", "burro signal 12.3 13 10", "burro signal all TERM"))
        made.json().ids(least=1)
        made.add_argument("signal", metavar="SIGNAL", help="USR1, SIGTERM or a number")
        return made
    examples = (
        "burro set 12 --priority 5",
        "burro set 12 train --mem 8G --time 2h",
        "burro set 12.3 --time 30",
        "burro set 12 -- python3 train.py --rate 0.2",
    )
    made = Parser("set", usage="[options] ID ... [-- COMMAND ARG...]", examples=examples).json().ids(least=1)
    for field in dict.fromkeys(field for _, _, field, _ in _SET):
        flags = [flag for long, short, name, _ in _SET if name == field for flag in _flags(long, short)]
        metavar, about = _ABOUT[field]
        text = _DEFAULT.sub("", about).replace("%", "%%")
        how = "append" if field in REPEATED else "store"
        made.add_argument(*flags, dest=field, metavar=metavar, help=text, action=how)
    assert made.description
    made.description += f"\n{_CLEARED}"
    return made


def _flags(long: str, short: str) -> list[str]:
    return [f"-{short}", f"--{long}"] if short else [f"--{long}"]


def main(words: list[str], face: Face) -> int:
    """Set or signal; exit 0 only if all that was asked was done for every job named."""
    return _signal(words, face) if face.verb == "signal" else _set(words, face)


def _set(words: list[str], face: Face) -> int:
    place = words.index("--") if "--" in words else len(words)
    options, argv = parser("set").parse(words[:place]), words[place + 1 :]
    if place < len(words) and not argv:
        raise UsageError("there is no command behind --; write: burro set 12 -- COMMAND ARGUMENTS")
    asked = {field: getattr(options, field) for field in FIELDS if getattr(options, field) is not None}
    shell = asked.pop("command", None)
    face = face.at(options.queue)
    rows = face.ask("set", ids=options.ids, options=asked, shell=shell, argv=argv or None)["jobs"]
    if options.ids == ["all"]:
        rows = [row for row in rows if row["changed"]]
    if options.ids == ["all"] and not rows:
        note("there is no job that this changes")
    return _say(rows, options, well=lambda row: not row["late"])


def _signal(words: list[str], face: Face) -> int:
    options = parser("signal").parse(words)
    rows = face.at(options.queue).ask("signal", ids=options.ids, signal=options.signal)["jobs"]
    if options.ids == ["all"]:
        rows = [row for row in rows if row["asked"]]
    code = _say(rows, options, well=lambda row: bool(row["asked"]))
    if not rows:
        note("nothing runs, so nothing was sent")
    return code if rows else 1


def _say(rows: list[Row], options: Namespace, *, well: Callable[[Row], bool]) -> int:
    if options.json:
        print_json({"jobs": rows})
    for row in () if options.json else rows:
        print(clean(row["text"]))
    return 0 if all(map(well, rows)) else 1
