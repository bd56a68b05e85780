"""The work in hand: claims that wait for room, and attempts that run."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable
from math import inf
from typing import Optional

from ..base.clock import now, since_boot, steady
from ..base.failpoint import hit
from ..base.log import Log
from ..model.walltime import needed
from .claim import Claim
from .entry import Ended, Key, limit_line
from .groups import Groups, peak_of
from .journal import Journal
from .memory import LOOK_EVERY
from .outbox import Home, Outbox, Paths
from .parcels import parcel_in
from .room import Room
from .running import Running
from .sight import sees
from .spec import JobSpec
from .starting import Starter

_DOUBT = 10  # jobs in a row that cannot be started here, after which what else waits is given back
STALE = 1.0  # seconds after which work that was handed ahead and not begun is given back, if nobody says otherwise


class Slots:
    """Room, the claims that wait for it, and what runs in it."""

    def __init__(self, journal: Journal, outbox: Outbox, log: Log, *, room: Room, groups: Groups) -> None:
        self._journal, self._outbox, self._log = journal, outbox, log
        self.room, self.groups = room, groups
        self.watched: dict[Key, Running] = {}  # whose memory nobody but us looks at
        self.look_at = inf  # steady time of the next look at it
        self.specs: dict[int, JobSpec] = {}
        self.queue: deque[Claim] = deque()
        self.running: dict[int, Running] = {}  # by pid of the leader, while that lives
        self.by_key: dict[Key, Running] = {}
        self.limits: dict[Key, float] = {}  # steady time at which a time limit is over
        self.to_warn: dict[Key, Running] = {}  # those that want a signal before their end
        self.over: list[Running] = []  # ended, written down, and not yet in the outbox
        self.due = inf  # steady time of the soonest limit, kill or sweep: before it nobody needs to look
        self.keep = STALE
        self.has_time: Callable[[Optional[float]], bool] = lambda _need: True  # whether we stay so many seconds
        self._unstarted: set[int] = set()  # jobs none of which could be started here, since the last that could
        self._starter = Starter(journal, log, room, groups)
        self._hold_until = 0.0
        self._last_start = 0.0

    def take(self, run: Running) -> None:
        """A started attempt uses room from now on."""
        self.running[run.pid] = run
        self._outbox.starts[run.key] = run.start
        self.by_key[run.key] = run
        self.room.take(run.needs, run.gpus)
        if run.cause is not None:
            return  # it is being stopped already
        if run.needs.mem and run.group is None:
            self.watched[run.key] = run
            self.look_at = min(self.look_at, steady() + LOOK_EVERY)
            self.due = min(self.due, self.look_at)
        if run.warn is not None:
            self.to_warn[run.key] = run
        if run.limit is not None:
            self._watch_limit(run)

    def _watch_limit(self, run: Running) -> None:
        assert run.limit is not None
        self.limits[run.key] = limit = steady() + run.limit - (since_boot() - run.spawned)
        self.due = min(self.due, limit)

    def limit(self, key: Key, seconds: Optional[float]) -> None:
        """From now on a task may run so many seconds from its start, or as long as it likes."""
        run = self.by_key.get(key)
        if run is None:
            for place, claim in enumerate(self.queue):
                if claim.key == key:
                    self.queue[place] = claim._replace(needs=claim.needs.within(seconds))
        elif run.ended is None and run.cause is None:
            self.note(limit_line(key, seconds))
            hit("limit.after_journal")
            self.limits.pop(key, None)
            run.limit = seconds
            if seconds is not None:
                self._watch_limit(run)

    def free(self, run: Running) -> None:
        """The last process of an attempt is dead: its room is free."""
        self.running.pop(run.pid, None)
        del self.by_key[run.key]
        if not self.by_key and not self.queue:
            self._starter.rest()
        if run.limit is not None:
            self.limits.pop(run.key, None)
        self.room.free(run.needs, run.gpus)
        self.watched.pop(run.key, None)
        self.to_warn.pop(run.key, None)
        if run.group is not None:
            run.peak = max(run.peak, peak_of(run.group))
            self.groups.remove(run.group)

    def wake_at(self) -> float:
        """When (steady time) waiting claims want another look though nothing happened."""
        if not self.queue:
            return inf
        if self._hold_until:
            return self._hold_until
        return max(self.queue[0].since, self._last_start) + self.keep

    def start_ready(self) -> None:
        """Start what has room, in order: the first that does not fit keeps the others waiting, so none starves."""
        if self._hold_until and steady() < self._hold_until:
            return
        self._hold_until = 0.0
        while self.queue and self.room.fits(self.queue[0].needs):
            claim = self.queue.popleft()
            if not self.has_time(needed(claim.spec.wire.get("time_min"), claim.needs.limit)):
                self._outbox.released.append(claim.key)
            elif not sees(claim.spec.wire.get("outputs")):
                self._outbox.released.append(claim.key)
                self._outbox.unseen.add(claim.key[0])
            elif not self._start(claim):
                self.queue.appendleft(claim)
                self._hold_until = steady() + 1.0
                return
        if not self.queue:
            return
        if steady() > max(self.queue[0].since, self._last_start) + self.keep:
            self.give_back_all()
        else:
            self._starter.prepare(self.queue[0])

    def add(self, claims: Iterable[Claim]) -> None:
        """More wait: all in the order of their ranks, and of their coming within that."""
        self.queue = deque(sorted([*self.queue, *claims], key=lambda claim: claim.spec.rank))

    def give_back_all(self) -> None:
        """Return every claim that is not begun."""
        self._outbox.released.extend(claim.key for claim in self.queue)
        self.queue.clear()

    def give_back(self, keys: set[Key]) -> None:
        """Return those of these claims that wait here."""
        self._outbox.released.extend(claim.key for claim in self.queue if claim.key in keys)
        self.queue = deque(claim for claim in self.queue if claim.key not in keys)

    def _start(self, claim: Claim) -> bool:
        """Whether there is nothing more to be done for a claim; False where the machine has no room just now."""
        known = self._starter.trouble
        found = self._starter.start(claim)
        if self._starter.trouble != known:
            self._outbox.trouble = self._starter.trouble
        if found is None:
            return False
        if isinstance(found, Running):
            self.take(found)
            self._unstarted.clear()
        else:
            self._refuse(claim.key, found)
        self._last_start = steady()
        return True

    def write_down(self) -> None:
        """Write down which processes were started last; on a full disk, the next time. Tell what ended."""
        for run in self.over:
            assert run.ended is not None
            ended = run.ended
            if run.peak > (ended.max_rss or 0):
                ended = ended._replace(max_rss=run.peak)
            self.tell(run.key, ended, started=run.started, files=run.files, home=run.home)
        self.over.clear()
        try:
            self._journal.flush()
        except OSError as error:
            self._log.say(f"the journal cannot be written ({error.strerror})")
        hit("start.after_journal")

    def _refuse(self, key: Key, reason: str) -> None:
        """An attempt that ended before it began."""
        ended = Ended("not-started", None, now(), reason=reason)
        self.tell(key, ended, started=ended.ended, files=(None, None))
        self._unstarted.add(key[0])
        if len(self._unstarted) >= _DOUBT and self.keep > STALE:
            self._unstarted.clear()
            self.give_back_all()  # perhaps others can start it; the server hears of both together

    def note(self, line: str) -> None:
        """Write a line now, or where the disk is full with the next one."""
        try:
            self._journal.write(line)
        except OSError:
            self._journal.put_off(line)

    def tell(self, key: Key, ended: Ended, *, started: float, files: Paths, home: Optional[Home] = None) -> None:
        """The end of an attempt goes to the server, after what is in its files and its parcel where those go `home`."""
        if home is not None:
            self._outbox.home[key] = home
        outcome, code, moment, max_rss, cpu_time, reason = ended
        parcel = parcel_in(home) if home is not None else None
        waits = parcel is not None and outcome == "exited" and not code
        if parcel is not None and not waits:
            os.unlink(parcel)  # its task was killed when it had just made it
        ends = self._outbox.parcels if waits else self._outbox.ends
        ends[key] = [*key, outcome, code, started, moment, max_rss, cpu_time, *files, reason]
