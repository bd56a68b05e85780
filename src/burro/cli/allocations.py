"""`burro allocations`: what was asked of schedulers, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .clean import clean
from .columns import cell
from .face import Face, print_json
from .parser import Parser
from .table import print_table

_SHOWN = 20  # of those that have ended


def parser(_verb: str) -> Parser:
    """The parser."""
    made = Parser("allocations", examples=("burro allocations", "burro allocations --all --json")).json()
    made.add_argument("--all", action="store_true", help="also those that ended long ago")
    return made


def main(words: list[str], face: Face) -> int:
    """Show allocations, newest first; of those that have ended the last few."""
    options = parser(face.verb).parse(words)
    rows = face.at(options.queue).ask("allocations")["allocations"]
    if not options.all:
        ended = [row["mark"] for row in rows if row["ended"]][:_SHOWN]
        rows = [row for row in rows if not row["ended"] or row["mark"] in ended]
    if options.json:
        print_json({"allocations": rows})
    elif rows:
        print_table(("ID", "POOL", "STATE", "NODES", "ENDS", "REASON"), list(map(_cells, rows)), folded=("REASON",))
    else:
        print("nothing was asked of a scheduler; see: burro pool add --help")
    return 0


def _cells(row: Mapping[str, Any]) -> list[str]:
    nodes = ",".join(row["nodes"]) or f"{row['size']} asked for"
    ends = cell("ended", {"ended": row["ended"] or row["ends"]}, plain=False)
    return [clean(text) for text in (row["id"] or "", row["pool"], row["state"], nodes, ends, row["reason"] or "")]
