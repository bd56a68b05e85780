"""`burro events`: what has happened, and what happens."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from ..api.pages import every_page
from ..base.errors import UsageError
from .clean import clean
from .columns import cell
from .face import Face
from .parser import Parser

Row = Mapping[str, Any]
SHOWN = 100  # events, unless something says otherwise
_BEFORE_FOLLOWING = 10


def parser(_verb: str) -> Parser:
    """The parser."""
    examples = ("burro events", "burro events 12 --since 2h", "burro events -f", "burro events --follow --json")
    made = Parser("events", examples=examples).ids(least=0)
    add = made.add_argument
    add("--json", action="store_true", help="one JSON object a line")
    add("-f", "--follow", action="store_true", help="go on with what happens, until Ctrl-C")
    add("--since", metavar="TIME", help="only what has happened since: 2h, 7d, 18:00, today, 2026-12-01")
    add("-n", "--lines", type=int, metavar="N", help=f"at most the last N ({SHOWN}; {_BEFORE_FOLLOWING} with --follow)")
    add("--all", action="store_true", help="everything since the queue was made")
    return made


def main(words: list[str], face: Face) -> int:
    """Print events, oldest first."""
    options = parser(face.verb).parse(words)
    if options.lines is not None and options.lines < 0:
        raise UsageError(f"--lines takes a number from 0, not {options.lines}")
    face = face.at(options.queue)
    newest = 0
    for answer in _pages(options, face):
        newest = max(newest, answer["newest"])
        for event in answer["events"]:
            _print(event, as_json=options.json)
    if not options.follow:
        return 0
    return _follow(options, face, after=newest)


def _pages(options: argparse.Namespace, face: Face) -> Iterator[Row]:
    """What has happened: the last ones, or all that ids, --since or --all ask for."""
    ids = options.ids if options.ids and options.ids != ["all"] else None
    if options.lines is None and (ids or options.since or options.all):
        yield from every_page(face.ask, "events", ids=ids, since=options.since)
        return
    lines = options.lines if options.lines is not None else _BEFORE_FOLLOWING if options.follow else SHOWN
    if not ids and not options.since:
        yield from (every_page(face.ask, "events", last=max(1, lines)) if lines else [face.ask("events", after=2**62)])
        return
    pages = list(every_page(face.ask, "events", ids=ids, since=options.since))
    found = [event for page in pages for event in page["events"]]
    yield {"events": found[len(found) - min(lines, len(found)) :], "newest": pages[-1]["newest"]}


def _follow(options: argparse.Namespace, face: Face, *, after: int) -> int:
    """Print what comes. The server may go and come back: the question then goes on behind what was told."""
    message: dict[str, Any] = {"op": "events", "follow": True, "after": after}
    if options.ids and options.ids != ["all"]:
        message["ids"] = options.ids
    sys.stdout.flush()
    try:
        for line in face.caller().listen(message):
            event = line["event"] if line else None
            if event is not None and event["seq"] > message["after"]:
                message["after"] = event["seq"]
                _print(event, as_json=options.json)
                sys.stdout.flush()
    except KeyboardInterrupt:
        return 0
    return 0


def _print(event: Row, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(event))
        return
    job = "" if event["job"] is None else str(event["job"])
    line = f"{cell('at', event, plain=False)}  {job:>6}  {clean(event['what'])}"
    print(f"{line}: {clean(event['detail'])}" if event["detail"] else line)
