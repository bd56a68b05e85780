"""`burro wait`: a progress bar on a terminal, silence elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from ..api.pages import every_page
from ..base.errors import Failed
from ..base.text import format_ids, parse_duration
from ..model.states import FINAL, STATES
from .face import Face, note, print_json
from .parser import Parser

Counts = Mapping[str, int]
Shown = Callable[[Counts], None]


def parser(_verb: str) -> Parser:
    """The parser."""
    examples = ("burro wait", "burro wait 12 train", "burro wait last --timeout 2h", "burro wait 12 --json")
    made = Parser("wait", examples=examples).json().ids(least=0)
    made.add_argument("--timeout", metavar="TIME", help="give up after this long, exit 1: 90s, 2h, or 30 for minutes")
    return made


def main(words: list[str], face: Face) -> int:
    """Exit 0 only if all are `done`."""
    options = parser(face.verb).parse(words)
    face = face.at(options.queue)
    timeout = None if options.timeout is None else parse_duration(options.timeout)
    ids = options.ids or _live(face)
    if not ids:
        note("nothing is queued or running")
        if options.json:
            print_json({"counts": {"tasks": 0, **dict.fromkeys(STATES, 0)}, "not_done": []})
        return 0
    return wait(face, ids, timeout=timeout, as_json=options.json)


def _live(face: Face) -> list[str]:
    """Every job that has not ended, as one selector."""
    pages = every_page(face.ask, "status")
    live = {int(job["id"]) for page in pages for job in page["jobs"] if job["state"] not in FINAL}
    return [format_ids(sorted(live))] if live else []


def wait(face: Face, ids: list[str], *, timeout: float | None, as_json: bool) -> int:
    """Wait for `ids`, then say what did not succeed. Raises Failed when the time is over."""
    last: dict[str, Any] = {}
    try:
        with _progress() as show:
            for line in face.caller().lines({"op": "wait", "ids": ids}, timeout=timeout):
                last = line
                show(line.get("progress") or line.get("counts") or {})
    except KeyboardInterrupt:
        note("no longer waiting; the work goes on")
        return 130
    except TimeoutError:
        raise Failed(f"not all had ended in time; the work goes on, see: burro status {' '.join(ids[:5])}") from None
    if as_json:
        print_json({"counts": last["counts"], "not_done": last["not_done"]})
    return _verdict(last["counts"], last["not_done"])


def _verdict(counts: Counts, not_done: list[str]) -> int:
    missing = counts["tasks"] - counts["done"]
    if not missing:
        return 0
    named = ", ".join(map(str, not_done[:5])) + (", ..." if missing > 5 else "")
    how = ", ".join(f"{counts[state]} {state}" for state in ("failed", "cancelled", "skipped") if counts[state])
    note(f"{missing} of {counts['tasks']} did not succeed ({how}): {named}; see: burro show {not_done[0]}")
    return 1


def _progress() -> AbstractContextManager[Shown]:
    if not sys.stderr.isatty():
        return nullcontext(lambda _counts: None)
    from .bar import bar

    return bar()
