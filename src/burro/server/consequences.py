"""What follows within a turn from tasks that became final: dependents, failed jobs' rests, dates."""

from __future__ import annotations

from collections import defaultdict

from ..base.clock import now
from ..base.text import counted
from ..store import dependencies, events, ripening, tasks
from ..store.jobs import Span
from .acting import tell_workers
from .state import Also, Later, Server

_LONGEST = 3600.0  # seconds: a clock that is set meanwhile is noticed by then


def follow(server: Server) -> None:
    """Let dependents go on or be skipped, and theirs; stop jobs with too many failures. Within the turn."""
    server.write_moves()
    while ending := server.moves.take_ending():
        ended: dict[int, list[Span]] = defaultdict(list)
        for span in server.final:
            ended[span.job].append(span)
        for job in server.moves.take_failing():
            _stop_failing(server, job)
        for job in ending:
            for child in dependencies.settle(server.db, server.moves, job, ended[job], now=now()):
                server.final.append(Span(child))
        server.write_moves()


def _stop_failing(server: Server, job: int) -> None:
    ((failed, most),) = server.db.run("fails_of", {"id": job})
    if most is None or failed <= most:
        return
    acted = tasks.cancel(server.db, server.moves, Span(job))
    tell_workers(server, acted)
    if acted.changed or acted.asked:
        server.final.append(Span(job))
        events.add(
            server.db, "max-fails", f"{counted(failed, 'task')} failed; the rest is cancelled", job=job, now=now()
        )


class Sweep:
    """Start times and retries: looks when the next one is due. `also` runs a step within the next turn."""

    def __init__(self, server: Server, later: Later, also: Also) -> None:
        self._server, self._later, self._also = server, later, also
        self._round = 0
        self._looked = 0.0  # seconds since 1970: all that was due then was seen to

    def turn_ended(self) -> None:
        """Find out when to look next, where that may have changed."""
        server = self._server
        if not server.dates_changed:
            return
        server.dates_changed = False
        moment = now()
        date = ripening.next_date(server.db, after=self._looked)
        self._round += 1
        if date is not None:
            this = self._round
            self._later(min(max(0.0, date - moment) + 0.001, _LONGEST), lambda: self._due(this))

    def _due(self, this: int) -> None:
        if this == self._round:
            self._also(self._ripen)

    def _ripen(self) -> None:
        self._server.dates_changed = True
        self._looked = now()
        ripening.ripen_due(self._server.db, self._server.moves, now=self._looked)

    def undone(self) -> None:
        """The turn was not kept, and with it what was seen to."""
        self._looked = 0.0
