"""What `burro.Queue` does about records; imported when it is asked for, since most scripts only submit."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..api.abroad import context_of
from ..api.acts import Asked
from ..api.caller import Caller
from ..api.which import Jobs, ids_of
from ..base.errors import UsageError
from ..link.elsewhere import is_elsewhere
from .asked import Path, Paths, dataset_at, names_of, settings_of, texts_of, wish_of
from .choosing import Wanted, WantedAgain
from .dataset import Dataset
from .finishing import finished
from .open_records import OPEN, wait_for
from .origin import origins
from .reach import Reach
from .rescheduling import grouped
from .scheduling import in_slurm, prepared_all, submit_all
from .values import LogRecord, OpenRecord, Recorded, log_record, open_record, recorded
from .wish import Wish

Answer = dict[str, Any]


def log(files: Paths, *, last: int | None, branches: bool, dataset: Path | None) -> list[LogRecord]:
    """The records of a history that touched these files."""
    found = origins(dataset_at(dataset), texts_of(files), branches=branches)
    return [log_record(one) for one in islice(found, last)]


@dataclass(frozen=True)
class Records:
    """The records of one repository, and the queue that keeps them. Raises UsageError where that lies elsewhere."""

    caller: Caller
    place: Dataset

    @classmethod
    def of(cls, caller: Caller, dataset: Path | None) -> Records:
        """Those of a directory's repository, or of the current one's."""
        if is_elsewhere(caller.queue):
            raise UsageError("what is scheduled is kept by a queue where the repository is; its pools may be anywhere")
        return cls(caller, dataset_at(dataset))

    def schedule(self, jobs: Iterable[Mapping[str, Asked]], *, assume_ready: str | None) -> list[Answer]:
        """The server's answers, one for each job."""
        given = [dict(job) for job in jobs]
        ready = {one.pop("assume_ready", assume_ready) for one in given}
        if not ready <= {None, "inputs", "outputs", "both"}:
            raise UsageError("assume_ready= is 'inputs', 'outputs' or 'both', the same for all jobs of a call")
        wishes = [wish_of(one) for one in given]
        return self._schedule([(self.place, wishes)] if wishes else [], ready=bool(ready & {"inputs", "both"}))

    def reschedule(self, what: Jobs | Paths, message: str | None, **which: Any) -> list[Answer]:  # noqa: ANN401 - as WantedAgain has them
        """As above, for all that is wanted again."""
        wanted = WantedAgain(names_of(what), **which)
        return self._schedule(list(grouped(self.place, wanted.found(self._ask, self.place), message=message)))

    def _schedule(self, groups: Sequence[tuple[Dataset, Sequence[Wish]]], *, ready: bool = False) -> list[Answer]:
        jobs, notes = prepared_all(groups, Reach(self._ask, self.caller.queue), ready=ready)
        if not jobs:
            return []
        in_slurm(self._ask, jobs)
        context = context_of(self.caller, {}, None)
        answers = submit_all(self._ask, self.place, jobs, request=os.urandom(16).hex(), context=context)
        return [{**answer, "notes": [*notes, *answer.get("notes", ())]} for answer in answers]

    def finish(
        self,
        jobs: Jobs | None,
        *,
        since: str | None,
        wait: Callable[[list[str]], object] | None,
        how: Mapping[str, Any],
    ) -> list[Recorded]:
        """What became of each; with `import_slurm_db` first of each job that was taken over."""
        taking = bool(how.get("import_slurm_db"))
        how = {name: value for name, value in how.items() if name != "import_slurm_db"}
        settings, wanted = settings_of(self.place, how), _wanted(jobs, since)
        taken = self._taken_over() if taking else []
        if jobs is not None and not wanted.names:
            return taken
        rows = wanted.rows(self._ask, self.place)
        if wait and wait_for(self._ask, rows, wait):
            rows = wanted.rows(self._ask, self.place)
        return [*taken, *(recorded(one) for one in finished(self._ask, self.place.root, rows, settings))]

    def _taken_over(self) -> list[Recorded]:
        from .takeover import take_over

        return [recorded(one) for one in take_over(self._ask, self.place, context=context_of(self.caller, {}, None))]

    def open(self, jobs: Jobs | None, *, since: str | None) -> list[OpenRecord]:
        """What is not recorded."""
        if jobs is not None and not ids_of(jobs):
            return []
        rows = _wanted(jobs, since).rows(self._ask, self.place, brief=True)
        return [open_record(row) for row in rows if row["record"] == OPEN]

    def _ask(self, verb: str, **fields: object) -> Answer:
        """The server's answer; fields that are None are not sent."""
        return self.caller.ask({"op": verb, **{name: value for name, value in fields.items() if value is not None}})


def _wanted(jobs: Jobs | None, since: str | None) -> Wanted:
    return Wanted([] if jobs is None else ids_of(jobs), since)
