"""`burro clean`: forget what has ended, now or by a bound."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from ..base.errors import UsageError
from ..base.text import format_ids, format_size, spoken_duration
from .clean import clean
from .face import Face, note, print_json
from .parser import Parser


def parser(_verb: str) -> Parser:
    """The parser."""
    examples = (
        "burro clean --older 7d",
        "burro clean --state done --name 'fit-*' --dry-run",
        "burro clean 12 20-29",
        "burro clean --auto 30d",
    )
    made = Parser("clean", examples=examples).json().ids(least=0)
    made.add_argument("--older", metavar="TIME", help="only what ended longer ago than this: 7d, 2h")
    made.add_argument(
        "--state", action="append", metavar="STATE", help="only jobs that are done, failed, cancelled, skipped"
    )
    made.add_argument("--name", metavar="PATTERN", help="only jobs of such a name: 'fit-*'")
    made.add_argument("--dry-run", action="store_true", help="say what would be forgotten, and forget nothing")
    made.add_argument(
        "--auto",
        nargs="?",
        const="",
        metavar="TIME",
        help="forget by itself what ended that long ago: 30d, or off; alone: say it",
    )
    return made


def main(words: list[str], face: Face) -> int:
    """Exit 1 if a job that was named had to be kept."""
    options = parser(face.verb).parse(words)
    face = face.at(options.queue)
    if options.auto is not None:
        return _auto(options, face)
    answer = face.ask(
        "clean",
        ids=options.ids or None,
        older=options.older,
        states=options.state,
        name=options.name,
        dry=options.dry_run or None,
    )
    if options.json:
        print_json(answer)
    else:
        _print(answer, dry=options.dry_run)
    named = options.ids and options.ids != ["all"]
    return 1 if named and answer["kept"] else 0


def _print(answer: Mapping[str, Any], *, dry: bool) -> None:
    for row in answer["kept"]:
        print(clean(row["text"]))
    jobs = answer["jobs"]
    if not jobs:
        note("there is nothing to forget")
        return
    what = f"{_some(len(jobs), 'job')} with {_some(answer['tasks'], 'task')}"
    if dry:
        print(f"would forget {what}: {format_ids(sorted(jobs))}")
        return
    print(f"forgot {what}; the store has {format_size(answer['after'])}, {format_size(answer['before'])} before")


def _auto(options: argparse.Namespace, face: Face) -> int:
    if options.ids or options.older or options.state or options.name or options.dry_run:
        raise UsageError("--auto sets or tells the bound and goes with nothing else; give it alone")
    answer = face.ask("clean", auto=options.auto)
    if options.json:
        print_json(answer)
        return 0
    was = f", {_bound(answer['before'])} before" if answer["before"] != answer["auto"] else ""
    print(f"automatic cleaning: {_bound(answer['auto'])}{was}")
    return 0


def _bound(seconds: float | None) -> str:
    return "off" if seconds is None else f"what ended {spoken_duration(seconds)} ago"


def _some(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count:,} {what}s"
