"""Looking at jobs and at what they wrote."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from ..base.errors import UsageError
from .acts import Asked
from .asks import Asks
from .moved import found_again
from .options import plain_since
from .pages import every_page, first_page, further
from .reading import STREAMS, FarFile, is_far
from .records import JobRecord, TaskRecord, job_record, task_record
from .values import JobSummary, Result, Status, WorkerSummary, value_of
from .which import Jobs, Which, id_of, ids_of, texts


class Looks(Asks):
    """Looking at jobs."""

    def status(
        self, *jobs: Jobs, states: str | Iterable[str] = (), name: str | None = None, since: Asked = None
    ) -> Status:
        """The jobs named, or all that live and those that ended last; and the workers.

        Or those in `states`, of such a `name` ("fit-*"), that were not over `since` (a datetime, a timedelta, "2h").

        >>> [job.name for job in queue.status(states=["running"]).jobs]  # doctest: +SKIP
        """
        ids, wanted = [one for some in jobs for one in ids_of(some)], texts(states)
        if jobs and not ids:
            return Status(jobs=(), workers=tuple(self.workers()))
        asked = {"ids": ids or None, "states": wanted, "name": name, "since": plain_since(since)}
        everything = bool(wanted or name is not None or since is not None)
        answers = list(every_page(self._ask, "status", **asked, all=everything))
        rows = sorted((row for answer in answers for row in answer["jobs"]), key=lambda row: int(row["id"]))
        return Status(
            jobs=tuple(value_of(JobSummary, row) for row in rows),
            workers=tuple(value_of(WorkerSummary, row) for row in answers[0]["workers"]),
        )

    def workers(self) -> list[WorkerSummary]:
        """The processes that run tasks, with what they have free."""
        return [value_of(WorkerSummary, row) for row in self._ask("workers")["workers"]]

    def show(self, job: Which, *, limit: int | None = None) -> JobRecord:
        """Everything about one job, with at most `limit` tasks. Raises NotFound."""
        rows = self._ask("show", ids=[id_of(job)], limit=first_page(limit))["jobs"]
        if len(rows) != 1:
            raise UsageError(f"'{id_of(job)}' names {len(rows)} jobs; give the number of one, or use task() for a task")
        tasks = [*rows[0]["tasks"], *(task for page in further(self._ask, rows[0], limit=limit) for task in page)]
        return job_record({**rows[0], "tasks": tasks}, self._counts(rows[0]["id"]))

    def task(self, name: Which) -> TaskRecord:
        """Everything about one task, as "12.3", or "12" where the job has but one. Raises NotFound."""
        answer = self._ask("show", ids=[id_of(name)], limit=2)
        rows = answer.get("tasks") or [task for job in answer["jobs"] for task in job["tasks"]]
        if len(rows) != 1:
            raise UsageError(f"'{id_of(name)}' names {len(rows)} tasks; give one, as in 12.3")
        return task_record(rows[0])

    def output(self, jobs: Jobs, *, err: bool = False) -> str:
        """What the tasks of jobs have written so far, one after another. Raises NotFound."""
        rows = self._ask("outputs", ids=ids_of(jobs))["tasks"]
        results = [self._result(found_again(row)) for row in rows]
        return "".join(result.output(err=err) for result in results if result.far or _is_there(result, err=err))

    def _counts(self, job: int) -> dict[str, int]:
        counts: dict[str, int] = self._ask("status", ids=[str(job)])["jobs"][0]["tasks"]
        return counts

    def _result(self, row: Mapping[str, Any]) -> Result:
        """A task's result, which finds its output wherever that lies."""

        def far(stream: str) -> bytes:
            return b"".join(FarFile(self._caller, row["id"], stream, attempt=row.get("attempt")).blocks())

        lies_far = any(is_far(self._caller, row, stream) for stream in STREAMS)
        return value_of(Result, row, far=far if lies_far else None)


def _is_there(result: Result, *, err: bool) -> bool:
    path = result.stderr if err else result.stdout
    return path is not None and os.path.exists(path)
