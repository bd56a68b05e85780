"""The progress bar of `burro wait`: rich's, on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ..model.states import FINAL


@contextmanager
def bar() -> Iterator[Callable[[Mapping[str, int]], None]]:
    """Yield what moves the bar: it takes the counts by state."""
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        line = progress.add_task("", total=None)

        def move(counts: Mapping[str, int]) -> None:
            if counts:
                ended = sum(counts.get(state, 0) for state in FINAL)
                progress.update(line, total=counts["tasks"], completed=ended, description=_said(counts))

        yield move


def _said(counts: Mapping[str, int]) -> str:
    named = [("running", counts.get("running", 0)), ("failed", counts.get("failed", 0))]
    return ", ".join(f"{count} {state}" for state, count in named if count)
