"""The queue as an inbox needs it: what is submitted, looked at, cancelled; and who ends, as soon as it is known."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from threading import Event, Thread
from typing import Any

from ..api.caller import Caller
from ..base.clock import pause, steady
from ..base.errors import BurroError, NotFound, UsageError
from ..model.pool import ANY, LOCAL
from ..model.states import FINAL, HELD, READY, WAITING
from .asking import Form
from .results import TASKS

Row = Mapping[str, Any]
_AGAIN = 0.2  # seconds until a server that went away is looked for again
_POOLS_LAST = 10.0  # seconds for which what is known of the pools is believed
_SLICE = 200  # jobs that are asked about at a time


class Desk:
    """One queue. `context`: what submissions are said in (docs/protocol.md), without the directory."""

    def __init__(self, caller: Caller, context: Mapping[str, Any]) -> None:
        self._caller, self._context = caller, context
        self.queue = caller.queue
        self._pools: dict[str, Row] = {}
        self._pools_until = 0.0

    def submit(self, forms: Sequence[Form]) -> list[int | UsageError]:
        """The job of each, or why it can be none. Asked again with the same keys it gives the same jobs.

        Raises BurroError where none could be taken for now.
        """
        if not forms:
            return []
        try:
            return self._submit_together(forms)
        except (UsageError, NotFound) as error:  # it names a pool, or waits for a job, that there is not
            if len(forms) == 1:
                return [UsageError(str(error))]
        return [one for form in forms for one in self.submit([form])]

    def _submit_together(self, forms: Sequence[Form]) -> list[int | UsageError]:
        """In one transaction: one fsync for all."""
        answer = self._caller.ask({"op": "submit_many", "context": self._context, "jobs": list(forms)})
        return [int(row["id"]) for row in answer["ids"]]

    def details(self, jobs: Sequence[int]) -> dict[int, Row]:
        """All there is to say of jobs; one that the queue has forgotten is missing."""
        found: dict[int, Row] = {}
        for start in range(0, len(jobs), _SLICE):
            part = list(jobs[start : start + _SLICE])
            try:
                rows = self._caller.ask({"op": "show", "ids": list(map(str, part)), "limit": TASKS + 1})["jobs"]
            except NotFound:
                rows = [] if len(part) == 1 else [row for job in part for row in self.details([job]).values()]
            found.update({int(row["id"]): self._counted(row) for row in rows})
        return found

    def _counted(self, row: Row) -> Row:
        """With how many tasks are in each state, where not all of them are told."""
        if len(row["tasks"]) <= TASKS:
            return row
        [short] = self._caller.ask({"op": "status", "ids": [str(row["id"])]})["jobs"]
        return {**row, "counts": short["tasks"]}

    def standing(self, jobs: Sequence[int]) -> dict[int, str]:
        """The state of each job; one that the queue has forgotten is missing."""
        found: dict[int, str] = {}
        for start in range(0, len(jobs), _SLICE):
            part = list(jobs[start : start + _SLICE])
            try:
                rows = self._caller.ask({"op": "status", "ids": list(map(str, part))})["jobs"]
            except NotFound:
                rows = []
                if len(part) > 1:
                    found.update({job: state for one in part for job, state in self.standing([one]).items()})
            found.update({int(row["id"]): row["state"] for row in rows})
        return found

    def cancel(self, job: int) -> None:
        """Cancel a job; one that has ended, or is forgotten, is left alone."""
        try:
            self._caller.ask({"op": "cancel", "ids": [str(job)]})
        except NotFound:
            return

    def tell(self, root: str, seen: Mapping[str, Any]) -> None:
        """How the inbox stands, for `burro inbox list`."""
        self._caller.ask({"op": "inbox", "act": "seen", "root": root, "seen": dict(seen)})

    def pools(self) -> dict[str, Row]:
        """The pools by name; asked anew now and then."""
        if steady() >= self._pools_until:
            self._pools = {row["pool"]: row for row in self._caller.ask({"op": "pools"})["pools"]}
            self._pools_until = steady() + _POOLS_LAST
        return self._pools

    def home(self, pool: str | None) -> str:
        """Where folders go that name no pool: to the inbox's; else anywhere, unless some machine lacks their files.

        Raises NotFound: what the inbox itself says wrongly is no folder's fault, they wait.
        """
        if pool is not None and pool != ANY:
            self._pools_until = 0.0
            if pool not in self.pools():
                raise NotFound(f"there is no pool '{pool}', to which this inbox sends; see: burro inbox add --help")
            return pool
        return LOCAL if any(is_apart(row) for row in self.pools().values()) else ANY

    def newest(self) -> int:
        """The number of the last event."""
        return int(self._caller.ask({"op": "events", "last": 1})["newest"])


def is_apart(pool: Row) -> bool:
    """Whether a pool does not see the files here, or nobody knows that it does."""
    return pool.get("kind") == "ssh" and not pool.get("shared")


def is_waiting(state: str) -> bool:
    """Whether a job has not started."""
    return state in (HELD, WAITING, READY)


def has_ended(state: str) -> bool:
    """Whether a job is over."""
    return state in FINAL


class Ends(Thread):
    """Hears which jobs end, and wakes who waits at the descriptor `wake`, where more than one thing is waited for."""

    def __init__(self, caller: Caller, *, after: int, wake: int) -> None:
        super().__init__(name="ends", daemon=True)
        self._caller, self._after, self._wake = caller, after, wake
        self._ended: list[int] = []
        self.missed = Event()  # something may have been missed: look at all

    def take(self) -> list[int]:
        """Those that have ended since last time."""
        taken, self._ended = self._ended, []
        return taken

    def run(self) -> None:
        """Follow the queue's events for ever."""
        while True:
            try:
                for line in self._caller.listen({"op": "events", "follow": True, "after": self._after}):
                    event = (line or {}).get("event")
                    if event is not None:
                        self._after = max(self._after, int(event["seq"]))
                        if event["what"] == "ended" and event["job"] is not None:
                            self._ended.append(int(event["job"]))
                            self._nudge()
            except BurroError:
                self.missed.set()
                self._nudge()
                pause(_AGAIN)

    def _nudge(self) -> None:
        try:
            os.write(self._wake, b"e")
        except BlockingIOError:
            return  # it is full of words that say the same
