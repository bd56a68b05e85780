"""Keeping a queue: its server up or down, what has ended forgotten, whether all is well."""

from __future__ import annotations

from collections.abc import Iterable

from ..base.errors import UsageError
from ..link.elsewhere import is_elsewhere
from .acts import Asked
from .asks import Asks
from .checkup import examine
from .ending import end
from .options import plain_duration
from .told import Checkup, Cleaned, Down, Kept, Up
from .values import WorkerSummary, value_of
from .which import Jobs, ids_of, texts


class Upkeep(Asks):
    """The server, the store, the health of a queue."""

    def up(self, *, cpus: int | None = None) -> Up:
        """Keep the server and this machine's worker running from now on, with so many cpus; returns when both answer.

        >>> queue.up(cpus=4).pid  # doctest: +SKIP
        """
        if not is_elsewhere(self.path):
            from ..server import launch

            launch.ensure(self.path)
        answer = self._ask_apart("up", cpus=cpus)
        return value_of(Up, answer, workers=tuple(value_of(WorkerSummary, row) for row in answer["workers"]))

    def down(self, *, drain: bool = False, now: bool = False) -> Down:
        """Stop the server and its workers. Raises Failed while tasks run, unless they are waited for or stopped.

        Whatever is asked afterwards starts a server again.
        """
        if drain and now:
            raise UsageError("drain= waits for what runs and now= stops it; give one of them")
        self.close()
        return end(self.path, "now" if now else "drain" if drain else "refuse")

    def clean(
        self,
        jobs: Jobs | None = None,
        *,
        older: Asked = None,
        states: str | Iterable[str] = (),
        name: str | None = None,
        dry: bool = False,
    ) -> Cleaned:
        """Forget what has ended: of `jobs`, or of all; `older` than a timedelta or "7d", in `states`, of such a `name`.

        What has not ended is kept. `dry`: say what would be forgotten. Raises NotFound, UsageError.

        >>> queue.clean(older="7d", states="done").tasks  # doctest: +SKIP
        """
        ids = None if jobs is None else ids_of(jobs)
        if ids == []:
            return Cleaned()
        wanted = {"ids": ids, "older": plain_duration("older", older), "states": texts(states) or None, "name": name}
        answer = self._ask_apart("clean", **wanted, dry=dry or None)
        kept = tuple(value_of(Kept, row) for row in answer["kept"])
        return value_of(Cleaned, answer, jobs=tuple(answer["jobs"]), kept=kept)

    def auto_clean(self, after: Asked = None) -> float | None:
        """Forget by itself what ended so long ago ("30d", a timedelta; "off" ends it), or only tell what holds.

        Seconds; None where nothing is forgotten by itself.
        """
        text = "" if after is None else plain_duration("after", after)
        seconds: float | None = self._ask_apart("clean", auto=text)["auto"]
        return seconds

    def doctor(self) -> Checkup:
        """Check the queue: the server, store, file system, workers, pools. Starts no server."""
        return examine(self.path)
