"""What a face was asked about: which open records, and what is to be scheduled again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..base.errors import UsageError
from .dataset import Dataset
from .naming import jobs_of, of_slurm, scheduled_since
from .open_records import Ask, Row, rows_of
from .rescheduling import Again, failed, of_target, since


@dataclass(frozen=True)
class Wanted:
    """Records by the names of jobs or of commits, or of all of a repository; and from which commit on.

    `number`: one more job, by the number that Slurm gave it where it was taken over from datalad-slurm.
    """

    names: Sequence[str] = ()
    since: str | None = None
    number: str | None = None

    def rows(self, ask: Ask, dataset: Dataset, *, brief: bool = False) -> list[Row]:
        """What the queue has of them. Raises NotFound, UsageError."""
        more = [] if self.number is None else [of_slurm(ask, dataset, self.number)]
        ids = [*jobs_of(ask, dataset, self.names), *more]
        found = list(rows_of(ask, ids=ids, dataset=dataset.root, brief=brief))
        return found if self.since is None else scheduled_since(dataset, found, self.since)


@dataclass(frozen=True)
class WantedAgain:
    """What is to be scheduled again: targets, all from behind a commit, or what failed; one of these.

    From behind a commit the one target is where that ends; `bad`: also what is recorded as failed.
    """

    targets: Sequence[str] = ()
    since: str | None = None
    failed: bool = False
    bad: bool = False

    def found(self, ask: Ask, dataset: Dataset) -> list[Again]:
        """All of it, the newest commit where nothing was said. Raises NotFound, UsageError."""
        if self.failed and (self.targets or self.since is not None):
            raise UsageError("give one of: names of what to schedule again, --since, --failed")
        if self.since is not None:
            if len(self.targets) > 1:
                raise UsageError("beside --since one commit can stand, up to which records are scheduled again")
            return since(dataset, self.since, until=next(iter(self.targets), "HEAD"), failed=self.bad)
        if self.failed:
            return failed(ask, dataset)
        return [one for target in self.targets or ["HEAD"] for one in of_target(ask, dataset, target)]
