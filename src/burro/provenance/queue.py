"""`burro.Queue`: what `burro.api` has, and the records of what jobs wrote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from ..api import queue
from ..api.acts import Asked
from ..api.job import Job
from ..api.which import Jobs

if TYPE_CHECKING:  # most scripts only submit, and need not wait for these
    from .asked import Path, Paths
    from .scripted import Records
    from .values import LogRecord, OpenRecord, Recorded


class Queue(queue.Queue):
    """A queue of jobs: `path`, else $BURRO_QUEUE, else the user's own; `ssh://HOST/PATH` is one at another machine.

    Its server is started when it is needed, and again if it dies; nothing that was submitted is lost by that.

    >>> with burro.Queue() as queue:  # doctest: +SKIP
    ...     jobs = [queue.submit(["python", "fit.py", str(n)], cpus=2) for n in range(10)]
    ...     for result in queue.as_completed(jobs):
    ...         print(result.id, result.state, result.output())
    """

    def schedule(self, command: str | Iterable[object], /, *, dataset: Path | None = None, **asked: Asked) -> Job:
        """Submit a job whose `outputs` become a commit in the repository of `dataset`, else of the current directory.

        The command is a line of the shell, or a list of words; {inputs} and {outputs} stand for these. Also `inputs`,
        `extra_inputs`, `message`, `overwrite`, `alt_dir`, `container`, `log`, `assume_ready="inputs"`, and options of
        `submit`. Raises UsageError, also where somebody else writes one of the outputs.

        >>> queue.schedule("sort {inputs} > {outputs}", inputs="raw", outputs="sorted", mem="2G")  # doctest: +SKIP
        """
        return self.schedule_many([{"command": command, **asked}], dataset=dataset)[0]

    def schedule_many(
        self, jobs: Iterable[Mapping[str, Asked]], /, *, dataset: Path | None = None, assume_ready: str | None = None
    ) -> list[Job]:
        """Schedule several jobs at once, all or none: each a mapping of keywords of `schedule`, with its `command`.

        >>> queue.schedule_many([{"command": f"fit {k}", "outputs": f"fit/{k}"} for k in range(100)])  # doctest: +SKIP
        """
        answers = self._records(dataset).schedule(jobs, assume_ready=assume_ready)
        return [self._job(answer) for answer in answers]

    def reschedule(
        self,
        what: Jobs | Paths = (),
        *,
        since: str | None = None,
        failed: bool = False,
        with_failed: bool = False,
        message: str | None = None,
        dataset: Path | None = None,
    ) -> list[Job]:
        """Schedule again what a commit, a file or a job tells of; the newest commit where nothing is said.

        Or all that was recorded `since` a commit ("": from the beginning; also as failed if `with_failed`), or what
        `failed` and was not recorded. Raises NotFound, UsageError.

        >>> queue.reschedule("fit.csv")  # doctest: +SKIP
        """
        which = {"since": since, "failed": failed, "bad": with_failed}
        return [self._job(answer) for answer in self._records(dataset).reschedule(what, message, **which)]

    def finish(
        self,
        jobs: Jobs | None = None,
        *,
        wait: bool = False,
        timeout: float | None = None,
        since: str | None = None,
        dataset: Path | None = None,
        **how: Asked,
    ) -> list[Recorded]:
        """Commit what scheduled jobs have written, one commit each: of some (also named by commits), or of all.

        `wait` until they have ended. How: `failed` ("keep", "logs", "commit", "inline", "drop"), `message`,
        `record_style` ("run", "slurm", "pair"), `branches`, `octopus`, `unchanged`; `import_slurm_db`: first take over
        what datalad-slurm has open. What still runs, or failed and was kept, is `open` in what comes back. Raises
        NotFound, UsageError, TimeoutError.

        >>> [record.commit for record in queue.finish(wait=True)]  # doctest: +SKIP
        """
        waits = partial(self.wait, timeout=timeout) if wait else None
        return self._records(dataset).finish(jobs, since=since, wait=waits, how=how)

    def open_records(
        self, jobs: Jobs | None = None, *, since: str | None = None, dataset: Path | None = None
    ) -> list[OpenRecord]:
        """What was scheduled in a repository and is not recorded yet."""
        return self._records(dataset).open(jobs, since=since)

    def log(
        self, files: Paths = (), *, last: int | None = None, branches: bool = False, dataset: Path | None = None
    ) -> list[LogRecord]:
        """Which jobs made these files: the records in the history of their repository, newest first.

        The `last` so many, or all; without files of anything; with `branches` also those of `finish(branches=True)`
        and of failed jobs that were committed. No server is asked. Raises NotFound.

        >>> queue.log("fit.csv")[0].command  # doctest: +SKIP
        """
        from .scripted import log

        return log(files, last=last, branches=branches, dataset=dataset)

    def _records(self, dataset: Path | None) -> Records:
        from .scripted import Records

        return Records.of(self._caller, dataset)
