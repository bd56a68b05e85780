"""Ends: of leaders, of what they leave running, of what is being stopped.

An end is written down before the child is reaped, and told only when the last process of the task is dead.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from math import inf
from typing import Optional

from ..base.clock import now, steady
from ..base.failpoint import hit
from ..base.log import Log
from .journal import Ended, Journal, Key, end_line
from .processes import Process, children, marks, send
from .running import Census, Running
from .slots import Slots
from .stopping import GRACE, LINGER, ask_to_end, is_alone, kill_tree, send_all

_SWEEP_EVERY = 0.1  # seconds, and never more than one part in fifty of this process's time
_SHARE = 50


class Reaper:
    """Watches over what runs in the slots, until the last process of each attempt is dead."""

    def __init__(self, slots: Slots, journal: Journal, log: Log, *, worker: str, keeper: int) -> None:
        self._slots, self._journal, self._log = slots, journal, log
        self._worker, self._keeper = worker, keeper
        self._mark = os.fsencode(worker)
        self._sweep_at: Optional[float] = None
        self._sweep_cost = 0.0
        self._strays: dict[tuple[int, float], float] = {}  # pid and birth -> steady time of KILL
        self._nameless: dict[tuple[int, float], set[Key]] = {}  # -> what ran when it was first seen

    def census(self) -> Census:
        """Who belongs to whom now."""
        began = steady()
        census = Census(self._worker, (os.getpid(), self._keeper))
        self._sweep_cost = steady() - began
        return census

    def _soonest(self) -> float:
        """When (steady time) something is due though nothing happens."""
        kills = (run.kill_at for run in self._slots.by_key.values() if run.kill_at is not None)
        sweep = inf if self._sweep_at is None else self._sweep_at
        return min(sweep, min(kills, default=inf), min(self._slots.limits.values(), default=inf))

    def _sweep_later(self, seconds: float) -> None:
        self._sweep_at = steady() + seconds
        self._slots.due = min(self._slots.due, self._sweep_at)

    def _kill_later(self, run: Running, seconds: float) -> None:
        run.kill_at = steady() + seconds
        self._slots.due = min(self._slots.due, run.kill_at)

    def reap(self) -> bool:
        """Take note of one child that has ended; whether there was one."""
        try:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | os.WNOHANG)
        except ChildProcessError:
            return False
        if found is None:
            return False
        hit("end.after_wait")
        run = self._slots.running.get(found.si_pid)
        if run is not None and run.own:
            return self._take_end(run, found.si_code, found.si_status)
        os.wait4(found.si_pid, 0)  # an orphan that some task left
        self._check_lingering()
        return True

    def _take_end(self, run: Running, code: int, status: int) -> bool:
        ended = _ended(run, code, status)
        try:
            self._journal.write(end_line(run.key, ended))
        except OSError as error:
            self._log.say(f"the journal cannot be written ({error.strerror}); ends wait as zombies")
            self._sweep_later(1.0)
            return False
        hit("end.after_journal")
        _, _, usage = os.wait4(run.pid, 0)
        hit("end.after_reap")
        outcome, value, moment, _, _, reason = ended
        cpu = usage.ru_utime + usage.ru_stime
        self.leader_ended(run, Ended(outcome, value, moment, usage.ru_maxrss * 1024, cpu, reason))
        return True

    def leader_ended(self, run: Running, ended: Ended) -> None:
        """The end of an attempt is written down: tell it, or first end what it left running."""
        run.ended = ended
        del self._slots.running[run.pid]  # the number may be given to another process from now on
        if self._sweep_at is None:
            self._sweep_later(max(_SWEEP_EVERY, _SHARE * self._sweep_cost))
        if run.leave or (is_alone(run) and run.cause is None):
            self._finish(run)
            return
        census = self.census()
        if not census.members(run, leaders=self._slots.running):
            self._finish(run)
            return
        ask_to_end(run, census, self._slots.running)
        if run.kill_at is None or run.kill_at > steady() + LINGER:
            self._kill_later(run, LINGER)

    def _finish(self, run: Running) -> None:
        assert run.ended is not None
        self._slots.free(run)
        self._slots.over.append(run)

    def stop(self, run: Running, cause: str, reason: Optional[str] = None) -> None:
        """Begin to stop an attempt; its outcome will be `cause`."""
        if run.ended is not None or run.cause is not None:
            return
        run.cause, run.reason = cause, reason
        self._kill_later(run, GRACE)
        self._slots.limits.pop(run.key, None)
        ask_to_end(run, self.census(), self._slots.running)

    def signal(self, run: Running, number: int) -> None:
        """Send a signal to every process of an attempt, as its owner asked."""
        send_all(run, self.census(), self._slots.running, number)

    def tend(self) -> None:
        """Do what is due: time limits, harder signals, a look for what tasks left."""
        moment = steady()
        if moment < self._slots.due:
            return
        for key in [key for key, limit in self._slots.limits.items() if limit <= moment]:
            run = self._slots.by_key[key]
            self.stop(run, "timeout", f"its time limit of {run.limit:g} s was over")
        for run in [run for run in self._slots.by_key.values() if run.kill_at is not None and run.kill_at <= moment]:
            self._kill(run)
        if self._sweep_at is not None and self._sweep_at <= moment:
            self._sweep()
        self._slots.due = self._soonest()

    def _kill(self, run: Running) -> None:
        """KILL the tree; the room stays taken until it is really dead, however long the kernel takes."""
        dead = kill_tree(run, self.census, self._slots.running)
        if dead and run.ended is not None:
            self._finish(run)
        else:
            self._kill_later(run, 0.05 if run.own else 0.1)

    def _check_lingering(self) -> None:
        lingering = [run for run in self._slots.by_key.values() if run.ended is not None]
        if not lingering:
            return
        census = self.census()
        for run in lingering:
            if not census.members(run, leaders=self._slots.running):
                self._finish(run)

    def _sweep(self) -> None:
        """End what tasks that are over left behind in sessions of their own."""
        orphans = self.census().orphans(self._slots.running) if self._may_have_orphans() else []
        self._forget_gone(orphans)
        for process in orphans:
            if self._is_stray(process):
                self._end_stray(process)
        self._sweep_at = None
        if self._strays or self._nameless:
            self._sweep_later(max(1.0, _SHARE * self._sweep_cost))

    def is_tidy(self) -> bool:
        """Whether nothing lives that ended tasks left behind; looks now, since who asks wants to leave."""
        if self._sweep_at is not None:
            self._sweep()
        return self._sweep_at is None

    def _may_have_orphans(self) -> bool:
        """Whether we or the keeper have children that are no leaders: asked at every sweep, since a census is dear."""
        known = {*self._slots.running, os.getpid(), self._keeper}
        found = [children(pid) for pid in (os.getpid(), self._keeper)]
        return any(pids is None or pids - known for pids in found)

    def _forget_gone(self, orphans: Iterable[Process]) -> None:
        there = {(process.pid, process.born) for process in orphans}
        self._strays = {mark: moment for mark, moment in self._strays.items() if mark in there}
        self._nameless = {mark: keys for mark, keys in self._nameless.items() if mark in there}

    def _is_stray(self, process: Process) -> bool:
        """Whether the task that an orphan came from is over.

        What names another worker is never ours to end. What names nobody (it has an environment of its own) and is our
        own child came from a task that ran when it was first seen; below the keeper it is left alone, since a wrong
        guess about who the keeper is must never reach processes that are not burro's.
        """
        written = marks(process.pid)
        if b"BURRO_ROLE" in written or b"BURRO_LEAVE" in written:
            return False
        if written.get(b"BURRO_WORKER", self._mark) != self._mark:
            return False
        if b"BURRO_WORKER" not in written and process.parent != os.getpid():
            return False
        running = self._slots.by_key
        job, task, number = (written.get(name) for name in (b"BURRO_JOB_ID", b"BURRO_TASK_ID", b"BURRO_ATTEMPT"))
        if job is not None and task is not None and number is not None:
            return not any(
                (b"%d" % key[0], b"%d" % key[1], b"%d" % run.number) == (job, task, number)
                for key, run in running.items()
            )
        if any(run.leave for run in running.values()):
            return False
        suspects = self._nameless.setdefault((process.pid, process.born), set(running))
        return not suspects & set(running)

    def _end_stray(self, process: Process) -> None:
        mark = (process.pid, process.born)
        if mark not in self._strays:
            self._strays[mark] = steady() + LINGER
            send(process, signal.SIGTERM)
        elif self._strays[mark] <= steady():
            send(process, signal.SIGKILL)


def _ended(run: Running, code: int, status: int) -> Ended:
    """The end of a leader: by itself, or for the cause that we stopped it for."""
    value = status if code == os.CLD_EXITED else -status
    if run.cause is not None:
        return Ended(run.cause, value, now(), reason=run.reason)
    if code == os.CLD_EXITED:
        return Ended("exited", value, now())
    return Ended("signalled", value, now())
