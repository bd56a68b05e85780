"""What is done to jobs that are in the queue."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .asked import Command
from .asks import Asks
from .options import plain_options, words_of
from .values import Change, Edited, value_of
from .which import Jobs, ids_of, texts

Asked = Any  # an option's value: the text a person would type, or the number, range or path it stands for


class Acts(Asks):
    """Acting on jobs."""

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

    def _change(self, verb: str, jobs: Jobs, **more: object) -> list[Change]:
        ids = ids_of(jobs)
        return [value_of(Change, row) for row in self._ask(verb, ids=ids, **more)["jobs"]] if ids else []
