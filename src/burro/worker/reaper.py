"""Ends: of leaders, of what they leave running, of what is being stopped.

An end is written down before the child is reaped, and told only when the last process of the task is dead.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from math import inf
from typing import Optional

from ..base.clock import now, pause, steady
from ..base.failpoint import hit
from ..base.log import Log
from .entry import Ended, cause_line, end_line
from .journal import Journal
from .memory import KILLED, LOOK_EVERY, OomKills, blame, excess
from .processes import children
from .running import Census, Running
from .slots import Slots
from .stopping import GRACE, LINGER, ask_to_end, is_alone, kill_tree, send_all
from .strays import Strays

_SWEEP_EVERY = 0.1  # seconds, and never more than one part in fifty of this process's time
_SHARE = 50
_BY_TERM = (-15, 128 + 15)  # ends by SIGTERM, also below a shell
_TOLD_WITHIN = 0.2  # seconds


class Reaper:
    """Watches over what runs in the slots, until the last process of each attempt is dead."""

    def __init__(self, slots: Slots, journal: Journal, log: Log, *, worker: str, keeper: int) -> None:
        self._slots, self._journal, self._log = slots, journal, log
        self._worker, self._keeper = worker, keeper
        self._strays = Strays(slots, worker)
        self._kills = OomKills()
        self._sweep_at: Optional[float] = None
        self._sweep_cost = 0.0
        self.ours: Collection[int] = ()  # children that are no tasks and go by themselves
        self.heed: Callable[[], None] = lambda: None  # do what this process was told by a signal

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
        limit = min(self._slots.limits.values(), default=inf)
        return min(sweep, min(kills, default=inf), limit, self._slots.look_at)

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
        way, number = ("exited", status) if code == os.CLD_EXITED else ("signalled", -status)
        ended = self._judged(run, Ended(way, number, now()))
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

    def adopted_ended(self, run: Running, ended: Ended) -> None:
        """The keeper has written down how an attempt ended."""
        self.leader_ended(run, self._judged(run, ended))

    def _judged(self, run: Running, ended: Ended) -> Ended:
        """The end of a leader: by itself, for the cause that we stopped it for, or for want of memory."""
        if run.cause is None and ended.code in _BY_TERM and os.environ.get("BURRO_MARK"):
            pause(_TOLD_WITHIN)  # whoever ends an allocation tells all that is in it: are we told too?
            self.heed()
        outcome, reason = run.cause, run.reason
        if outcome is None and (run.group is not None or ended.code in KILLED):
            reason = blame(run, ended.code, self._kills)
            outcome = reason and "memory"
        return ended if outcome is None else ended._replace(outcome=outcome, reason=reason)

    def leader_ended(self, run: Running, ended: Ended) -> None:
        """The end of an attempt is written down: tell it, or first end what it left running."""
        run.ended = ended
        del self._slots.running[run.pid]  # the number may be given to another process from now on
        if self._sweep_at is None:
            self._sweep_later(max(_SWEEP_EVERY, _SHARE * self._sweep_cost))
        # what did not succeed may run again: then nothing of this attempt may live beside the next one
        harmless = ended.code == 0 or not self._may_have_orphans()
        if run.leave or (run.cause is None and is_alone(run) and harmless):
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

    def stop(self, run: Running, cause: str, reason: Optional[str] = None, *, grace: float = GRACE) -> None:
        """Begin to stop an attempt; its outcome will be `cause`. `grace`: seconds until it is killed."""
        if run.ended is not None or run.cause is not None:
            return
        run.cause, run.reason = cause, reason
        self._slots.note(cause_line(run.key, cause, reason))
        self._kill_later(run, grace)
        self._slots.limits.pop(run.key, None)
        ask_to_end(run, self.census(), self._slots.running)

    def stop_again(self) -> None:
        """Go on with what an earlier worker was stopping."""
        for run in [run for run in self._slots.by_key.values() if run.cause is not None]:
            self._kill_later(run, GRACE)
            ask_to_end(run, self.census(), self._slots.running)

    def signal(self, run: Running, number: int, *, where: Optional[Callable[[int, int], bool]] = None) -> int:
        """Send a signal to every process of an attempt `where` pid and signal are right; how many they were."""
        return send_all(run, self.census(), self._slots.running, number, where=where)

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
        if self._slots.look_at <= moment:
            self._look_at_memory()
        if self._sweep_at is not None and self._sweep_at <= moment:
            self._sweep()
        self._slots.due = self._soonest()

    def _look_at_memory(self) -> None:
        """Stop what uses more than it asked for; seldomer where a look takes long."""
        began, watched = steady(), self._slots.watched.values()
        census = self.census() if watched else None
        for run in list(watched):
            if census is not None and run.ended is None and run.cause is None:
                why = excess(run, census.members(run, leaders=self._slots.running))
                if why is not None:
                    self.stop(run, "memory", why, grace=LINGER)
        cost = steady() - began
        self._slots.look_at = steady() + max(LOOK_EVERY, _SHARE * cost) if watched else inf

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
        self._sweep_at = None
        self._kills.look()
        self._slots.groups.remove(None)
        if self._strays.end(orphans):
            self._sweep_later(max(1.0, _SHARE * self._sweep_cost))

    def is_tidy(self) -> bool:
        """Whether nothing lives that ended tasks left behind; looks now, since who asks wants to leave."""
        if self._sweep_at is not None:
            self._sweep()
        return self._sweep_at is None

    def _may_have_orphans(self) -> bool:
        """Whether we or the keeper have children that are no leaders: asked at every sweep, since a census is dear."""
        known = {*self._slots.running, *self.ours, os.getpid(), self._keeper}
        found = [children(pid) for pid in (os.getpid(), self._keeper)]
        return any(pids is None or pids - known for pids in found)
