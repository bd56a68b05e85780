"""`burro.Queue`: the command line's power in Python."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..base import paths
from ..base.errors import UsageError
from .abroad import context_of
from .asked import Command, submission
from .caller import Caller
from .job import Job
from .options import plain_options, words_of
from .pages import every_page, first_page, further
from .reading import STREAMS, FarFile, is_far
from .values import (
    Change,
    Counts,
    Edited,
    JobRecord,
    JobSummary,
    Result,
    Status,
    TaskRecord,
    WorkerSummary,
    job_record,
    task_record,
    value_of,
)
from .which import Jobs, Which, id_of, ids_of, texts

Asked = Any  # an option's value: the text a person would type, or the number, range or path it stands for


class Queue:
    """A queue of jobs: `path`, else $BURRO_QUEUE, else the user's own; `ssh://HOST/PATH` is one at another machine.

    Its server is started when it is needed, and again if it dies; nothing that was submitted is lost by that.

    >>> with burro.Queue() as queue:  # doctest: +SKIP
    ...     jobs = [queue.submit(["python", "fit.py", str(n)], cpus=2) for n in range(10)]
    ...     for result in queue.as_completed(jobs):
    ...         print(result.id, result.state, result.output())
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        """Nothing is started or made before it is needed."""
        self.path = paths.queue_dir(None if path is None else os.fspath(path))
        self._caller = Caller(self.path)

    def submit(self, command: Command | None = None, /, **options: Asked) -> Job:
        """Submit one job: a list of words, or `shell="a | b"`, `script="job.sh"` (with `args`), or `lines=[...]`.

        Options are those of `burro submit`, by their long names (docs/python.md lists them), as texts that a person
        would type or as what they mean: mem in bytes, time in seconds or a timedelta, dependency a job or several,
        begin a datetime. `env` may also be a mapping: variables to set over the present ones. Raises UsageError.

        >>> queue.submit(["python", "fit.py"], cpus=2, time="2h")  # doctest: +SKIP
        >>> queue.submit(shell="sort a.txt | uniq > b.txt")  # doctest: +SKIP
        """
        over = options.pop("env") if isinstance(options.get("env"), Mapping) else {}
        over = {str(name): words_of([value])[0] for name, value in over.items()}
        asked = submission(command, options)
        said = context_of(self._caller, asked, asked["options"].get("env"))
        said["env"] = {**said["env"], **over}
        return self._job(self._ask("submit", request=_request(), context=said, **asked))

    def array(self, command: Command | None = None, /, *, indices: Asked, **options: Asked) -> Job:
        """Submit one job with a task for each index: `range(100)`, `[1, 5, 9]` or "0-99:5".

        >>> queue.array(shell="echo $BURRO_TASK_ID", indices=range(100))  # doctest: +SKIP
        """
        return self.submit(command, array=indices, **options)

    def submit_many(self, jobs: Iterable[Command | Mapping[str, Asked]]) -> list[Job]:
        """Submit several jobs at once, all or none: each a list of words, or a mapping of keywords of `submit`.

        In a mapping the words stand under `argv`. Raises UsageError.

        >>> queue.submit_many([["fit", "1"], {"shell": "fit 2 > two", "cpus": 4}])  # doctest: +SKIP
        """
        asked = [submission(None, job) if isinstance(job, Mapping) else submission(job, {}) for job in jobs]
        if any(isinstance(job["options"].get("env"), Mapping) for job in asked):
            raise UsageError("jobs submitted together share one environment; set variables with env='A=1,B=2'")
        answer = self._ask("submit_many", request=_request(), context=context_of(self._caller, {}, None), jobs=asked)
        return [self._job(row) for row in answer["ids"]]

    def job(self, number: Which) -> Job:
        """The job that has this number (or `last`, or a name). Raises NotFound."""
        rows = self._ask("show", ids=[id_of(number)], limit=1)["jobs"]
        if len(rows) != 1:
            raise UsageError(f"'{id_of(number)}' names {len(rows)} jobs; give the number of one")
        single = all("." not in task["id"] for task in rows[0]["tasks"])
        return Job(int(rows[0]["id"]), sum(self._counts(rows[0]["id"]).values()), single, self)

    def wait(self, jobs: Jobs, *, timeout: float | None = None) -> Counts:
        """Wait until every task of `jobs` has a final state. Raises TimeoutError after `timeout` seconds.

        >>> queue.wait(jobs).failed  # doctest: +SKIP
        0
        """
        ids = ids_of(jobs)
        counts: Mapping[str, int] = {}
        for line in self.listen({"op": "wait", "ids": ids}, timeout=timeout) if ids else ():
            counts = line.get("counts", counts)
        return value_of(Counts, counts)

    def as_completed(self, jobs: Jobs, *, timeout: float | None = None) -> Iterator[Result]:
        """Each task of `jobs` as it ends, each once. Raises TimeoutError after `timeout` seconds."""
        ids = ids_of(jobs)
        seen: set[str] = set()
        for line in self.listen({"op": "watch", "ids": ids}, timeout=timeout) if ids else ():
            task = line.get("task")
            if task and task["id"] not in seen:
                seen.add(task["id"])
                yield self._result(task)

    def cancel(self, jobs: Jobs) -> list[Change]:
        """Cancel what has not ended; running tasks are stopped. Raises NotFound."""
        return self._change("cancel", jobs)

    def hold(self, jobs: Jobs) -> list[Change]:
        """Keep from starting what has not started. Raises NotFound."""
        return self._change("hold", jobs)

    def release(self, jobs: Jobs) -> list[Change]:
        """Let start what was held. Raises NotFound."""
        return self._change("release", jobs)

    def retry(self, jobs: Jobs, *, only: str | Iterable[str] = (), children: bool = False) -> list[Change]:
        """Run again what failed, was cancelled or was skipped, or `only` some of it; what has run keeps its attempts.

        `children`: also what was skipped because of it. Raises NotFound.

        >>> queue.retry([job], only=["failed"])  # doctest: +SKIP
        """
        return self._change("retry", jobs, only=texts(only), children=children)

    def signal(self, jobs: Jobs, signal: int | str) -> list[Change]:
        """Send a signal (`signal.SIGUSR1`, "USR1") to all processes of what runs. Raises NotFound, UsageError."""
        return self._change("signal", jobs, signal=signal if isinstance(signal, str) else int(signal))

    def set(self, jobs: Jobs, command: Command | None = None, /, **options: Asked) -> list[Edited]:
        """Change jobs that are in the queue, by the names of options of `submit`; None takes a limit away.

        Also `shell=`, `array_limit=`. Of what runs only the time can be changed. Raises NotFound, UsageError.

        >>> queue.set([job], mem="8G", priority=5)[0].text  # doctest: +SKIP
        '12: mem 4G -> 8G; priority 0 -> 5'
        """
        ids, shell = ids_of(jobs), options.pop("shell", None)
        options, argv = plain_options(options), None if command is None else words_of(command)
        form = {name: value for name, value in (("argv", argv), ("shell", shell)) if value is not None}
        return [value_of(Edited, row) for row in self._ask("set", ids=ids, options=options, **form)["jobs"]]

    def status(self, *jobs: Jobs, states: str | Iterable[str] = ()) -> Status:
        """The jobs named, or all that live and those that ended last; and the workers.

        >>> [job.name for job in queue.status(states=["running"]).jobs]  # doctest: +SKIP
        """
        wanted = texts(states)
        ids = [name for one in jobs for name in ids_of(one)] or (["all"] if wanted else None)
        answers = list(every_page(self._ask, "status", ids=ids, states=wanted))
        rows = sorted((row for answer in answers for row in answer["jobs"]), key=lambda row: int(row["id"]))
        return Status(
            jobs=tuple(value_of(JobSummary, row) for row in rows),
            workers=tuple(value_of(WorkerSummary, row) for row in answers[0]["workers"]),
        )

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
        results = [self._result(row) for row in rows]
        return "".join(result.output(err=err) for result in results if result.far or _is_there(result, err=err))

    def listen(self, message: dict[str, Any], *, timeout: float | None = None) -> Iterator[dict[str, Any]]:
        """The lines of a long answer, as docs/protocol.md has them. Raises TimeoutError after `timeout` seconds."""
        return self._caller.lines(message, timeout=timeout)

    def close(self) -> None:
        """Close the connection. The queue lives on."""
        self._caller.close()

    def __enter__(self) -> Queue:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, verb: str, **fields: object) -> dict[str, Any]:
        return self._caller.ask({"op": verb, **fields})

    def _counts(self, job: int) -> dict[str, int]:
        counts: dict[str, int] = self._ask("status", ids=[str(job)])["jobs"][0]["tasks"]
        return counts

    def _change(self, verb: str, jobs: Jobs, **more: object) -> list[Change]:
        ids = ids_of(jobs)
        return [value_of(Change, row) for row in self._ask(verb, ids=ids, **more)["jobs"]] if ids else []

    def _result(self, row: Mapping[str, Any]) -> Result:
        """A task's result, which finds its output wherever that lies."""

        def far(stream: str) -> bytes:
            return b"".join(FarFile(self._caller, row["id"], stream, attempt=row.get("attempt")).blocks())

        lies_far = any(is_far(self._caller, row, stream) for stream in STREAMS)
        return value_of(Result, row, far=far if lies_far else None)

    def _job(self, answer: Mapping[str, Any]) -> Job:
        number, single = int(answer["id"]), bool(answer.get("single"))
        return Job(number, int(answer["tasks"]), single, self, existed=bool(answer.get("existed")))


def _request() -> str:
    return os.urandom(16).hex()


def _is_there(result: Result, *, err: bool) -> bool:
    path = result.stderr if err else result.stdout
    return path is not None and os.path.exists(path)
