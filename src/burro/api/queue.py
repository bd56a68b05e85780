"""`burro.Queue`: the command line's power in Python."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..base.errors import UsageError
from ..model.pool import ALL
from .abroad import context_of
from .acts import Acts, Asked
from .asked import Command, submission
from .job import Job
from .looks import Looks
from .options import words_of
from .past import Past
from .places import Places, open_pools
from .upkeep import Upkeep
from .values import Counts, Result, value_of
from .which import Jobs, Which, id_of, ids_of


class Queue(Acts, Looks, Past, Places, Upkeep):
    """A queue of jobs: `path`, else $BURRO_QUEUE, else the user's own; `ssh://HOST/PATH` is one at another machine.

    Its server is started when it is needed, and again if it dies; nothing that was submitted is lost by that.

    >>> with burro.Queue() as queue:  # doctest: +SKIP
    ...     jobs = [queue.submit(["python", "fit.py", str(n)], cpus=2) for n in range(10)]
    ...     for result in queue.as_completed(jobs):
    ...         print(result.id, result.state, result.output())
    """

    def submit(self, command: Command | None = None, /, **options: Asked) -> Job:
        """Submit one job: a list of words, or `shell="a | b"`, `script="job.sh"` (with `args`), or `lines=[...]`.

        Options are those of `burro submit`, by their long names (docs/python.md lists them), as texts that a person
        would type or as what they mean: mem in bytes, time in seconds or a timedelta, dependency a job or several,
        begin a datetime. `env` may also be a mapping: variables to set over the present ones. Raises UsageError.

        >>> queue.submit(["python", "fit.py"], cpus=2, time="2h")  # doctest: +SKIP
        >>> queue.submit(shell="sort a.txt | uniq > b.txt")  # doctest: +SKIP
        """
        if options.get("pool") == ALL:
            raise UsageError('pool="all" is a job for each pool; submit them with: queue.submit_everywhere(...)')
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

    def submit_everywhere(self, command: Command | None = None, /, **options: Asked) -> dict[str, Job]:
        """One copy of a job for each pool that takes work, all or none; the jobs by the names of the pools.

        As `submit` but for its `pool`. A `key` gets the pool's name behind it. Raises UsageError.
        """
        pools = open_pools(self.pools())
        jobs = [{**options, **({} if command is None else {"argv": words_of(command)}), "pool": pool} for pool in pools]
        if options.get("key"):
            jobs = [{**job, "key": f"{options['key']}@{job['pool']}"} for job in jobs]
        return dict(zip(pools, self.submit_many(jobs), strict=True))

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

    def __enter__(self) -> Queue:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _job(self, answer: Mapping[str, Any]) -> Job:
        number, single = int(answer["id"]), bool(answer.get("single"))
        notes = tuple(map(str, answer.get("notes") or ()))
        return Job(number, int(answer["tasks"]), single, self, existed=bool(answer.get("existed")), notes=notes)


def _request() -> str:
    return os.urandom(16).hex()
