"""A table: by rich on a terminal, aligned columns without cuts elsewhere (then rich is not imported)."""

from __future__ import annotations

import sys
from collections.abc import Sequence

Rows = Sequence[Sequence[str]]
COLOURS = {
    "running": "green",
    "claimed": "green",
    "ready": "cyan",
    "waiting": "cyan",
    "held": "yellow",
    "failed": "red",
    "cancelled": "magenta",
    "skipped": "magenta",
    "done": "dim",
}


def print_table(heads: Sequence[str], rows: Rows, *, folded: Sequence[str] = (), right: Sequence[str] = ()) -> None:
    """Print it. `folded` columns may be cut on a terminal that is too narrow, `right` ones are numbers."""
    if sys.stdout.isatty():
        _print_rich(heads, rows, folded, right)
        return
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    for row in (heads, *rows):
        cells = [
            text.rjust(width) if head in right else text.ljust(width)
            for head, text, width in zip(heads, row, widths, strict=True)
        ]
        print("  ".join(cells).rstrip())


def _print_rich(heads: Sequence[str], rows: Rows, folded: Sequence[str], right: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(
            head,
            justify="right" if head in right else "left",
            no_wrap=True,
            overflow="ellipsis",
            min_width=None if head in folded else max(len(head), *(len(row[heads.index(head)]) for row in rows)),
        )
    for row in rows:
        table.add_row(*(Text(text, style=COLOURS.get(text, "")) for text in row))
    Console(highlight=False).print(table)
