"""`burro history`: every attempt, how it ended and what it used (as sacct(1) does)."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from ..api.pages import every_page
from ..base.errors import UsageError
from ..model.states import STATES
from .columns import RIGHT, cell, glued, in_order, parse_names, print_tsv
from .face import Face, print_json
from .parser import Parser
from .table import print_table

Row = Mapping[str, Any]
SHOWN = 100  # tasks, unless something says otherwise
COLUMNS = (
    *("id", "name", "host", "state", "outcome", "exit_code", "started", "elapsed", "cpu_percent", "max_rss", "mem"),
    *("mem_percent", "number", "pool", "worker", "signal", "submitted", "ended", "cpus", "gpus", "cpu_time", "job"),
    *("command", "reason", "user"),
)
_PLAIN = COLUMNS[:12]
_HEADS = {"exit_code": "EXIT", "cpu_percent": "CPU%", "max_rss": "PEAK", "mem": "ASKED", "mem_percent": "MEM%"}


def parser(_verb: str) -> Parser:
    """The parser."""
    examples = (
        "burro history",
        "burro history 12 train",
        "burro history --since 1d --state failed,timeout",
        "burro history --all --tsv > history.tsv",
    )
    made = Parser("history", examples=examples).json().ids(least=0)
    add = made.add_argument
    add("--since", metavar="TIME", help="only what was not over then: 2h, 7d, 18:00, today, 2026-12-01")
    add("--state", action="append", metavar="S[,S]", help=f"only tasks in these: {', '.join(STATES)}, "
        "or as others say: completed, timeout, oom, stale, CD, TO, ...")  # fmt: skip
    add("--name", metavar="GLOB", help="only jobs of such a name, with * ? []")
    add("-n", "--lines", type=int, metavar="N", help=f"at most the last N tasks ({SHOWN}, unless they are chosen)")
    add("--all", action="store_true", help="everything that is kept")
    add("--sort", action="append", metavar="C[,-C]", help="sort by columns, a minus turns it round")
    add("--columns", action="append", metavar="C,C", help=f"show these: {', '.join(COLUMNS)}")
    add("--tsv", action="store_true", help="a tab between the columns, nothing cut")
    return made


def main(words: list[str], face: Face) -> int:
    """Print attempts, oldest job first."""
    options = parser(face.verb).parse(glued(words))
    if options.lines is not None and options.lines < 1:
        raise UsageError(f"--lines takes a number from 1, not {options.lines}")
    columns = parse_names(options.columns or (), COLUMNS, option="--columns") or list(_PLAIN)
    sort = parse_names(options.sort or (), COLUMNS, option="--sort")
    rows = in_order(_rows(options, face.at(options.queue)), sort)
    if options.json:
        print_json({"attempts": rows})
    elif options.tsv:
        print_tsv(columns, rows, head=True)
    elif rows:
        heads = [_head(name) for name in columns]
        cells = [[cell(name, row, plain=False) for name in columns] for row in rows]
        folded = ("NAME", "COMMAND", "REASON", "WORKER")
        print_table(heads, cells, folded=folded, right=[_head(name) for name in RIGHT])
    else:
        print("nothing like that has been tried; see: burro status")
    return 0


def _rows(options: argparse.Namespace, face: Face) -> list[Row]:
    fields = {"ids": options.ids or None, "states": options.state, "name": options.name, "since": options.since}
    chosen = options.all or any(value is not None for value in fields.values())
    last = SHOWN if not chosen and options.lines is None else options.lines
    asked = {**fields, "last": last} if not chosen else fields
    rows = [row for page in every_page(face.ask, "history", **asked) for row in page["attempts"]]
    return rows if last is None or not chosen else rows[-last:]


def _head(name: str) -> str:
    return _HEADS.get(name, name.upper())
