"""One inbox: a look at it does all there is to do, from what is seen. Nothing else is remembered that could be lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..base.clock import iso, now, steady, time_of_day
from ..base.errors import BurroError
from ..model.inbox import Settings
from ..model.states import CANCELLED, DONE
from . import archives, memory, results
from .breaker import Breaker
from .delivering import Done, deliver, finish_what_is_left
from .desk import Desk
from .files import exists
from .folder import Held
from .intake import Intake, Tell
from .leaving import Leaving
from .names import shown
from .pace import Pace, room
from .pending import Pending
from .root import Lock, Parts, open_to_others, opened
from .taking import submit

_CALLS_OFF = 2.0  # seconds between two looks for folders that are to be cancelled, on a local file system
_TOLD = 20  # names with reasons that `inbox list` shows


class Inbox:
    """`tell` hears a line of everything that is done."""

    def __init__(self, root: str, settings: Settings, *, desk: Desk, lock: Lock, tell: Tell, paused: bool) -> None:
        self.root, self.settings, self._desk, self._lock, self._tell = root, settings, desk, lock, tell
        self._paused = paused
        self.intake = Intake(settings, lock, tell)
        self.pending = Pending(root, settings)
        self.leaving = Leaving(root, settings)
        self._pace = Pace()
        self._breaker: Breaker | None = None
        self._why = ""
        self.delivered = 0
        self._begun = False

    def look(self, ended: Iterable[int], *, whole: bool) -> float:
        """Do what is to be done; `whole`: believe nothing seen before. Seconds until the next look, at most."""
        try:
            with opened(self.root) as parts:
                return self._look(parts, ended, whole=whole or not self._begun)
        except OSError as error:
            self._begun = False  # perhaps some of it was done
            self._note_trouble(f"{error.filename or self.root}: {error.strerror}")
        except BurroError as error:
            self._note_trouble(str(error))
        return self._pace.was_refused(now=steady(), settings=self.settings)

    def _look(self, parts: Parts, ended: Iterable[int], *, whole: bool) -> float:
        settings = self.settings
        self._lock.time_there()  # the sign that we live
        if settings.lock is not None and exists(parts.root, settings.lock):
            self._note_trouble(f"frozen: there is {settings.lock} in {self.root}")
            self._begun = False  # what ended meanwhile is asked for then
            return settings.period
        if whole:
            self._begin(parts)
        self._call_off(parts)
        ended = [
            *ended,
            *(self.pending.look_at_jobs(self._desk) if whole else ()),
            *(self.leaving.held if whole else ()),
        ]
        self._deliver(parts, ended)
        for name in self.leaving.end(parts, self._desk, ended):
            self._tell(f"cancelled {shown(name)}")
        again = self.pending.due()
        self._submit(parts, again)
        if again:
            self._deliver(parts, [*self.pending.held])  # they may have been submitted before, and be over
        self._take(parts)
        self._begun = True
        return self._until_next()

    def _begin(self, parts: Parts) -> None:
        """Find everything again."""
        if self._breaker is None:
            self._breaker = memory.recall(parts)
            archives.tidy(parts)
        finish_what_is_left(parts, settings=self.settings)
        self._call_off(parts)  # so that what went to cancelled/ is known to have gone there
        for name in self.pending.learn(parts, self._desk):
            self._tell(f"{shown(name)} was taken away from pending/: its job is cancelled, unless it has ended")
        self.intake.list_anew()

    def _call_off(self, parts: Parts) -> None:
        names = [*self.pending.heed_cancels(parts, self._desk), *self.leaving.learn(parts, self._desk)]
        taken_out = {one.name for one in self.leaving.held.values()}
        gone = {one.key for one in self.leaving.held.values()}
        self.pending.forget([job for job, one in self.pending.held.items() if one.key in gone])
        for name in names:
            self._tell(f"cancelling {shown(name)}" + (", which was taken out" if name in taken_out else ""))

    def _deliver(self, parts: Parts, ended: Iterable[int]) -> None:
        done = self.pending.done(parts, self._desk, ended)
        if done:
            self._send(parts, list(done.values()), jobs=list(done))

    def _send(self, parts: Parts, done: list[Done], *, jobs: list[int]) -> None:
        names, stuck = deliver(parts, done, settings=self.settings)
        for line in self.pending.note_stuck(stuck, free=names):
            self._tell(line)
        self.pending.forget([job for job, one in zip(jobs, done, strict=False) if one.name not in stuck])
        done = [one for one in done if one.name not in stuck]
        self.delivered += len(names)
        for one in done:
            to = names.get(one.name)
            job = "" if one.found["id"] is None else f"job {one.found['id']} "
            where = "its folder is gone" if to is None else f"complete: {shown(to)}"
            self._tell(f"{where}: {job}{one.found['state']}" + _why(one))
        ends = [one.found["state"] == DONE for one in done if one.found["state"] != CANCELLED]
        self._note_ends(parts, ends)

    def _note_ends(self, parts: Parts, ends: list[bool]) -> None:
        before = self._breaker or Breaker()
        self._breaker = before.note(ends, now=now(), settings=self.settings)
        memory.keep(parts, self._breaker)
        if self._breaker.is_open and not before.is_open:
            self._tell(self._resting())

    def _resting(self) -> str:
        assert self._breaker is not None
        if self._breaker.stopped or self._breaker.until is None:
            return f"stopped after {self._breaker.errors} errors; to go on: burro inbox resume {self.root}"
        return f"rests until {time_of_day(self._breaker.until)}: too much has failed lately"

    def _take(self, parts: Parts) -> None:
        """Take what may be taken, and make jobs of it."""
        self.intake.refresh(parts)
        self._note_trouble(self._closed(parts))
        if self._why or not self.intake.count or self._pace.left(now=steady()) > 0:
            return
        free = self._room()
        if free:
            self._submit(parts, self.intake.take(parts, free, busy=self.pending.names))

    def _closed(self, parts: Parts) -> str:
        """Why nothing is taken; empty where all is well."""
        if self._paused:
            return "paused"
        if open_to_others(parts) and not self.settings.trust:
            return "others can write to inbox/ and would run jobs as you; close it (chmod go-w inbox), or: --trust"
        assert self._breaker is not None
        self._breaker = self._breaker.decide(now=now(), settings=self.settings)
        return self._resting() if self._breaker.is_open else ""

    def _room(self) -> int:
        """How many may be taken now. Whether they run is asked only where that decides."""
        queued = len(self.pending.names)
        free = room(self.settings, queued=queued, waiting=queued)
        if free or queued >= self.settings.max_jobs:
            return free
        self.pending.look_at_jobs(self._desk)
        return room(self.settings, queued=queued, waiting=self.pending.waiting)

    def _submit(self, parts: Parts, held: list[Held]) -> None:
        """Make jobs of folders in pending/; those that can be none are complete at once."""
        if not held:
            return
        self.pending.unsubmitted.update({one.name: one for one in held})
        taken = submit(parts, held, desk=self._desk, root=self.root, settings=self.settings)
        self._pace.submitted(now=steady(), settings=self.settings)
        refused = []
        for one in taken:
            if one.later:
                if self.pending.put_off(one.held.name, one.why):
                    self._tell(f"{shown(one.held.name)} waits: {one.why}")
                continue
            del self.pending.unsubmitted[one.held.name]
            if one.sent is None:
                found = results.lost_result(None, key=one.held.key, state="refused", reason=one.why)
                refused.append(Done(one.held.name, found))
            else:
                self.pending.held[one.sent.last] = replace(one.held, job=one.sent.job)
                self._tell(f"taken: {shown(one.held.name)} is job {one.sent.job}")
        if refused:
            self._send(parts, refused, jobs=[])

    def _until_next(self) -> float:
        """Seconds until something is due."""
        moment = steady()
        dues = [self.settings.period]
        due = self.intake.due()
        if due is not None:
            dues.append(due - moment)
        if self._pace.left(now=moment):
            dues.append(self._pace.left(now=moment))
        if self.pending.held and self._lock.true_times:
            dues.append(_CALLS_OFF)
        if self._breaker is not None and self._breaker.until is not None:
            dues.append(self._breaker.until - now())
        return max(0.02, min(dues))

    def _note_trouble(self, why: str) -> None:
        if why != self._why:
            self._why = why
            self._tell(why or "goes on")

    def seen(self) -> dict[str, object]:
        """How it stands, for `burro inbox list`."""
        breaker = self._breaker or Breaker()
        waits = [] if self._why else self.intake.reasons  # where nothing is taken, nothing is looked at
        reasons = [*self.pending.reasons, *waits]
        return {
            "waiting": self.intake.count,
            "pending": len(self.pending.names),
            "delivered": self.delivered,
            "rejected": self.intake.rejected,
            "trouble": self._why or None,
            "until": iso(breaker.until),
            "stopped": breaker.stopped,
            "not_ready": [{"name": shown(name), "why": why} for name, why in reasons[:_TOLD]],
        }


def _why(one: Done) -> str:
    return f" ({one.found['reason']})" if one.found["state"] != DONE and one.found.get("reason") else ""
