"""A table: by rich on a terminal, aligned columns without cuts elsewhere (then rich is not imported)."""

from __future__ import annotations

import sys
from collections.abc import Sequence

Rows = Sequence[Sequence[str]]
GAP = 2
LEAST = 6  # columns that even a cut text keeps
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
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    if sys.stdout.isatty():
        _print_rich(list(zip(heads, widths, strict=True)), rows, folded=folded, right=right)
        return
    for row in (heads, *rows):
        cells = [
            text.rjust(width) if head in right else text.ljust(width)
            for head, text, width in zip(heads, row, widths, strict=True)
        ]
        print((" " * GAP).join(cells).rstrip())


def fitted(widths: Sequence[int], may_shrink: Sequence[bool], *, total: int) -> list[int]:
    """The widths that fit into `total` columns: the widest that may shrink gives way first, none below LEAST."""
    fit = list(widths)
    while sum(fit) + GAP * (len(fit) - 1) > total:
        shrinking = [column for column, may in enumerate(may_shrink) if may and fit[column] > LEAST]
        if not shrinking:
            break
        fit[max(shrinking, key=lambda column: fit[column])] -= 1
    return fit


def _print_rich(columns: Sequence[tuple[str, int]], rows: Rows, *, folded: Sequence[str], right: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, GAP, 0, 0))
    heads = [head for head, _ in columns]
    widths = fitted([width for _, width in columns], [head in folded for head in heads], total=console.width)
    for head, width in zip(heads, widths, strict=True):
        table.add_column(head, justify="right" if head in right else "left", no_wrap=True, width=width)
    for row in rows:
        styles = [COLOURS.get(text, "") if head == "STATE" else "" for head, text in zip(heads, row, strict=True)]
        table.add_row(*map(Text, row, styles))
    console.print(table)
