"""Those who wait: they hear of what changed once it is on disk, at most ten times a second."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..base.clock import steady
from ..link.lines import Message
from ..model.states import DONE, FINAL
from ..store import jobs, tasks
from ..store.jobs import Columns, Span
from .crew import Peer
from .reasons import task_reason
from .state import Later, Server
from .tally import Tally
from .telling import Listeners
from .views import attempt_view, selected, task_name

EVERY = 0.1  # seconds between progress lines to one follower
_NAMED = 100  # tasks that are named as not done


@dataclass
class Follower:
    """Somebody who waits for tasks to become final; `results`: wants each of them told."""

    peer: Peer
    spans: list[Span]
    results: bool
    told: set[tuple[int, int]] = field(default_factory=set)
    last: float = 0.0
    due: bool = False
    tally: Tally = field(init=False)

    def __post_init__(self) -> None:
        """Begin to count."""
        self.tally = Tally(self.spans)


class Followers:
    """All who wait. `later` runs something in so many seconds."""

    def __init__(self, server: Server, later: Later) -> None:
        self._server, self._later = server, later
        self._all: list[Follower] = []
        self.listeners = Listeners(server)

    @property
    def jobs(self) -> set[int]:
        """The jobs that somebody waits for."""
        return {job for follower in self._all for job in follower.tally.jobs}

    def wait(self, server: Server, peer: Peer, message: Message) -> None:
        """Follow until all is final; progress as counts."""
        self._begin(server, Follower(peer, selected(server, message), results=False))

    def watch(self, server: Server, peer: Peer, message: Message) -> None:
        """Follow until all is final; a line for every task that is or becomes final."""
        follower = Follower(peer, selected(server, message), results=True)
        for span in follower.spans:
            self._tell_final(follower, span)
        self._begin(server, follower)

    def _begin(self, server: Server, follower: Follower) -> None:
        server.wake()
        self._all.append(follower)
        # after this turn's ends are told: it may be the turn in which the last one comes
        server.afterwards.append(lambda: self._schedule(follower))

    def leave(self, peer: Peer) -> None:
        """A connection ended."""
        self.listeners.leave(peer)
        self._all = [follower for follower in self._all if follower.peer is not peer]

    def turn_ended(self, changed: set[int], final: list[Span]) -> None:
        """Tell those whom it concerns what a turn has changed; it is on disk."""
        self.listeners.turn_ended()
        for follower in self._all:
            if not follower.tally.note(changed):
                continue
            if follower.results:
                for span in _joined(final):
                    if any(_covers(wanted, span) for wanted in follower.spans):
                        self._tell_final(follower, span)
            self._schedule(follower)

    def _schedule(self, follower: Follower) -> None:
        if follower.due:
            return
        follower.due = True
        self._later(max(0.0, follower.last + EVERY - steady()), lambda: self._progress(follower))

    def _progress(self, follower: Follower) -> None:
        follower.due, follower.last = False, steady()
        if follower not in self._all:
            return
        counts = follower.tally.count(self._server.db)
        ended = sum(counts[state] for state in FINAL) == counts["tasks"]
        if not ended:
            if not follower.results:
                follower.peer.send({"progress": counts})
            return
        self._all.remove(follower)
        not_done = [] if follower.results or counts[DONE] == counts["tasks"] else self._not_done(follower.spans)
        follower.peer.send({"end": True, "counts": counts, "not_done": not_done})

    def _not_done(self, spans: list[Span]) -> list[str]:
        found: list[str] = []
        for span in spans:
            columns = jobs.row(self._server.db, span.job)
            bounds = {**span.bounds, "most": _NAMED - len(found)}
            found += [task_name(columns, idx) for (idx,) in self._server.db.run("tasks_not_done", bounds)]
        return found

    def _tell_final(self, follower: Follower, span: Span) -> None:
        server = self._server
        columns = jobs.row(server.db, span.job)
        found, attempts = tasks.read(server.db, span)
        for task in found:
            mark = (span.job, task["idx"])
            if task["state"] in FINAL and mark not in follower.told and _is_wanted(follower, mark):
                follower.told.add(mark)
                follower.peer.send({"task": _result(server, columns, task, attempts.get(task["idx"], []))})


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The same tasks in fewer spans: neighbours are read from the store together."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.job, span.first)):
        last = joined[-1] if joined else None
        if last is not None and last.job == span.job and span.first <= last.last + 1:
            joined[-1] = Span(span.job, last.first, max(last.last, span.last), whole=False)
        else:
            joined.append(span)
    return joined


def _covers(wanted: Span, span: Span) -> bool:
    return wanted.job == span.job and wanted.first <= span.last and span.first <= wanted.last


def _is_wanted(follower: Follower, mark: tuple[int, int]) -> bool:
    return any(span.job == mark[0] and span.first <= mark[1] <= span.last for span in follower.spans)


def _result(server: Server, columns: Columns, task: Columns, attempts: list[Columns]) -> Message:
    last = attempt_view(columns, task["idx"], attempts[-1]) if attempts else {}
    wanted = ("outcome", "exit_code", "signal", "stdout", "stderr", "pool")
    return {
        "id": task_name(columns, task["idx"]),
        "state": task["state"],
        **{name: last.get(name) for name in wanted},
        "reason": task_reason(server, columns, task, attempts),
    }
