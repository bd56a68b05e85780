"""The work in hand: claims that wait for room, and attempts that run."""

from __future__ import annotations

import json
from collections import deque
from typing import NamedTuple, Optional

from ..base.clock import now, since_boot, steady
from ..base.failpoint import hit
from ..base.log import Log
from .journal import Ended, Entry, Journal, Key
from .running import Running
from .spawn import NoRoom, NotStarted, Spawner, Started
from .spec import JobSpec
from .uplink import Outbox

STALE = 1.0  # seconds after which work that was handed ahead and not begun is given back


class Claim(NamedTuple):
    """A task that was handed to us and is not begun. `since`: steady time of its arrival."""

    key: Key
    number: int
    command: Optional[str]
    since: float


class Slots:
    """Room, the claims that wait for it, and what runs in it."""

    def __init__(self, journal: Journal, outbox: Outbox, log: Log, *, boot: str, cpus: int, mem: int) -> None:
        self._journal, self._outbox, self._log, self._boot = journal, outbox, log, boot
        self.cpus, self.mem = cpus, mem
        self.specs: dict[int, JobSpec] = {}
        self.queue: deque[Claim] = deque()
        self.running: dict[int, Running] = {}  # by pid of the leader, while that lives
        self.by_key: dict[Key, Running] = {}
        self.limits: dict[Key, float] = {}  # steady time at which a time limit is over
        self._used_cpus = self._used_mem = 0
        self._spawner = Spawner()
        self._hold_until = 0.0
        self._last_start = 0.0

    def take(self, run: Running) -> None:
        """A started attempt uses room from now on."""
        self.running[run.pid] = run
        self._outbox.starts[run.key] = run.start
        self.by_key[run.key] = run
        self._used_cpus += run.cpus
        self._used_mem += run.mem
        if run.entry.limit is not None:
            self.limits[run.key] = steady() + run.entry.limit - (since_boot() - run.entry.spawned)

    def free(self, run: Running) -> None:
        """The last process of an attempt is dead: its room is free."""
        self.running.pop(run.pid, None)
        del self.by_key[run.key]
        if not self.by_key and not self.queue:
            self._spawner.rest()
        self.limits.pop(run.key, None)
        self._used_cpus -= run.cpus
        self._used_mem -= run.mem

    def wake_at(self) -> Optional[float]:
        """When (steady time) waiting claims want another look though nothing happened."""
        if not self.queue:
            return None
        if self._hold_until:
            return self._hold_until
        return max(self.queue[0].since, self._last_start) + STALE

    def start_ready(self) -> None:
        """Start what has room, in order: the first that does not fit keeps the others waiting, so none starves."""
        if self._hold_until and steady() < self._hold_until:
            return
        self._hold_until = 0.0
        while self.queue and self._fits(self.queue[0]):
            claim = self.queue.popleft()
            if not self._start(claim):
                self.queue.appendleft(claim)
                self._hold_until = steady() + 1.0
                return
        if self.queue and steady() > max(self.queue[0].since, self._last_start) + STALE:
            self.give_back_all()

    def give_back_all(self) -> None:
        """Return every claim that is not begun."""
        self._outbox.released.extend(claim.key for claim in self.queue)
        self.queue.clear()

    def give_back(self, key: Key) -> bool:
        """Return one claim; False where it is not waiting here."""
        for claim in self.queue:
            if claim.key == key:
                self.queue.remove(claim)
                self._outbox.released.append(key)
                return True
        return False

    def _fits(self, claim: Claim) -> bool:
        spec = self.specs[claim.key[0]]
        if not self.by_key:
            return True  # whatever it needs, there is no more room to wait for
        return self._used_cpus + spec.cpus <= self.cpus and self._used_mem + spec.mem <= self.mem

    def _start(self, claim: Claim) -> bool:
        """Start one attempt, written down before and after; False where the machine has no room just now."""
        job, idx, token = claim.key
        spec = self.specs[job]
        begun = since_boot()
        key = f"{job} {idx} {token}"
        limit = "-" if spec.limit is None else spec.limit
        try:
            self._journal.write(f"s {key} {claim.number} {begun:.4f} {spec.cpus} {spec.mem} {limit}")
        except OSError as error:
            self._log.say(f"the journal cannot be written ({error.strerror}); waiting")
            return False
        hit("start.after_intent")
        try:
            started = self._spawn(spec, claim)
        except NoRoom as error:
            self._log.say(f"task {job}.{idx} cannot be started just now ({error}); waiting")
            return self._journal_or_wait(f"u {key}")
        except (NotStarted, OSError) as error:
            reason = str(error) if isinstance(error, NotStarted) else f"{error.filename}: {error.strerror}"
            self._refuse(claim, spec, begun, reason)
            return True
        hit("start.after_spawn")
        self._begin(claim, spec, begun, started)
        return True

    def _spawn(self, spec: JobSpec, claim: Claim) -> Started:
        job, idx, _ = claim.key
        spec.write_script()
        argv = spec.argv if spec.argv is not None else ["/bin/sh", "-c", claim.command or ""]
        return self._spawner.start(spec, argv, spec.task_env(job, idx, claim.number), spec.files(idx, claim.number))

    def _begin(self, claim: Claim, spec: JobSpec, begun: float, started: Started) -> None:
        """It runs. Until that is written down, with the next line, its birth and its environment tell who it is."""
        moment, spawned = now(), since_boot()
        job, idx, token = claim.key
        files = (started.out, started.err)
        if files != (None, None):
            self._journal.put_off(f"o {job} {idx} {token} {json.dumps(list(files))}")
        self._journal.put_off(f"p {job} {idx} {token} {started.pid} {spawned:.4f} {moment:.6f}")
        known = (claim.key, claim.number, begun, spec.cpus, spec.mem, spec.limit, self._boot)
        entry = Entry(*known, started.pid, spawned, moment, files)
        self.take(Running(entry, started.pid, moment, own=True, leave=spec.leave))
        self._last_start = steady()

    def write_down(self) -> None:
        """Write down which processes were started last; on a full disk, the next time."""
        try:
            self._journal.flush()
        except OSError as error:
            self._log.say(f"the journal cannot be written ({error.strerror})")
        hit("start.after_journal")

    def _refuse(self, claim: Claim, spec: JobSpec, begun: float, reason: str) -> None:
        """An attempt that ended before it began."""
        ended = Ended("not-started", None, now(), reason=reason)
        entry = Entry(claim.key, claim.number, begun, spec.cpus, spec.mem, spec.limit, self._boot)
        self._journal_or_wait(f"u {entry.key[0]} {entry.key[1]} {entry.key[2]}")
        self.tell(entry, ended, started=ended.ended)
        self._last_start = steady()

    def _journal_or_wait(self, line: str) -> bool:
        try:
            self._journal.write(line)
        except OSError:
            pass  # an intent without a process: the next reader sees that nothing came of it
        return False

    def tell(self, entry: Entry, ended: Ended, *, started: float) -> None:
        """The end of an attempt goes to the server."""
        out, err = entry.files
        self._outbox.ends[entry.key] = [
            *entry.key,
            ended.outcome,
            ended.code,
            started,
            ended.ended,
            ended.max_rss,
            ended.cpu_time,
            out,
            err,
            ended.reason,
        ]
