"""A submitted job, as a script holds it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..base.errors import UsageError
from .records import JobRecord
from .values import Change, Counts, Edited, Result

if TYPE_CHECKING:
    from .queue import Queue


@dataclass(frozen=True)
class Job:
    """One job of a queue: its number, how many tasks it has, and what was remarked when it was submitted.

    >>> job = queue.submit(["sort", "big.txt"])  # doctest: +SKIP
    >>> job.result().exit_code  # doctest: +SKIP
    0
    """

    id: int
    tasks: int
    single: bool
    queue: Queue = field(repr=False, compare=False)
    existed: bool = False
    notes: tuple[str, ...] = field(default=(), repr=False, compare=False)

    def wait(self, *, timeout: float | None = None) -> Counts:
        """Wait until every task has a final state. Raises TimeoutError after `timeout` seconds."""
        return self.queue.wait([self], timeout=timeout)

    def result(self, *, timeout: float | None = None) -> Result:
        """How its one task ended, once it has. Raises UsageError for an array, TimeoutError after `timeout` seconds."""
        if not self.single:
            raise UsageError(f"job {self.id} has {self.tasks} tasks; use results() or queue.as_completed([job])")
        return self.results(timeout=timeout)[0]

    def results(self, *, timeout: float | None = None) -> list[Result]:
        """How each task ended, in the order of their indices, once all have. Raises TimeoutError."""
        return sorted(self.queue.as_completed([self], timeout=timeout), key=lambda result: result.index)

    def output(self, *, err: bool = False) -> str:
        """What its tasks have written so far, in the order of their indices; bytes that are no UTF-8 are replaced."""
        return self.queue.output(self, err=err)

    def show(self, *, limit: int | None = None) -> JobRecord:
        """Everything about it, with at most `limit` tasks."""
        return self.queue.show(self, limit=limit)

    def cancel(self) -> Change:
        """Cancel what has not ended."""
        return self.queue.cancel([self])[0]

    def hold(self) -> Change:
        """Keep from starting what has not started."""
        return self.queue.hold([self])[0]

    def release(self) -> Change:
        """Let start what was held."""
        return self.queue.release([self])[0]

    def retry(self, *, only: str | Iterable[str] = (), children: bool = False) -> Change:
        """Run again what ended without success, or `only` some of it: failed, cancelled, skipped."""
        return self.queue.retry([self], only=only, children=children)[0]

    def signal(self, signal: int | str) -> Change:
        """Send a signal to all processes of what runs."""
        return self.queue.signal([self], signal)[0]

    def set(self, command: Iterable[object] | None = None, /, **options: object) -> Edited:
        """Change it, by the names of options of `submit`; None takes a limit away."""
        return self.queue.set([self], command, **options)[0]
