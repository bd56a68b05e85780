"""Waits beside one task until that has ended: passes signals on, keeps its time limit, and shows that it lives."""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Callable
from typing import Optional

from ..base.clock import now, pause, steady
from ..link.slips import BEAT, put
from .entry import Ended
from .memory import LOOK_EVERY, excess
from .processes import become_subreaper, send
from .running import Census, Running
from .stopping import GRACE, LINGER, ask_to_end, kill_tree
from .warning import hears

_PASSED = (signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGALRM)
_LOOK = 5.0  # seconds between looks at the clock
_BEFORE = 30.0  # seconds by which its lease ends before the server's
_ROUNDS = 100
_LISTENS = 1.0  # seconds after its start: who is told before it listens dies of it


class Vigil:
    """`run`: a child of ours. `path`: where its slips lie. `lease`: seconds; None: it is not fenced.

    `was_told`: somebody told us to end, as a scheduler does: all of a job hears TERM.
    """

    def __init__(self, run: Running, worker: str, path: Callable[[str], str], *, lease: Optional[float]) -> None:
        self._run, self._worker, self._path = run, worker, path
        self._lease = lease and lease - min(_BEFORE, lease / 2)
        self._beaten = self._looked = self._since = steady()
        self._passed_by = 0  # a signal that the task has had from us already
        self._cause: Optional[tuple[str, str]] = None
        self._kill_at: Optional[float] = None
        self.was_told = False

    def wait(self) -> Ended:
        """How it ended; nothing that it started lives any more."""
        become_subreaper()
        heard = self._listen()
        if self._lease:
            threading.Thread(target=self._beat, daemon=True).start()
        limit = self._run.limit
        ends_at = None if limit is None else steady() + limit
        while True:
            pid, status, usage = os.wait4(self._run.pid, os.WNOHANG)
            if pid:
                break
            self._tend(ends_at)
            due = [moment for moment in (ends_at, self._warn_at(ends_at), self._kill_at) if moment is not None]
            seconds = min(
                [LOOK_EVERY if self._run.needs.mem else _LOOK, *(max(0.0, moment - steady()) for moment in due)]
            )
            if select.select([heard], [], [], seconds)[0]:
                os.read(heard, 4096)
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
        outcome, reason = self._cause or ("exited" if code >= 0 else "signalled", None)
        self._tidy()
        cpu = usage.ru_utime + usage.ru_stime
        return Ended(outcome, code, now(), max(usage.ru_maxrss * 1024, self._run.peak), cpu, reason)

    def _listen(self) -> int:
        """A descriptor on which something can be read whenever a signal came."""
        heard, told = os.pipe()
        for end in (heard, told):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(told, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._note)
        for number in _PASSED:
            signal.signal(number, self._pass_on)
        return heard

    def _note(self, *_: object) -> None:
        """TERM goes to all processes of a job: the task has it too."""
        self.was_told = True

    def _warn_at(self, ends_at: Optional[float]) -> Optional[float]:
        """When (steady time) the task is to be told that its end is near: not before it can listen."""
        if self._run.warn is None or ends_at is None:
            return None
        return max(ends_at - self._run.warn[0], self._since + _LISTENS)

    def _warn(self) -> None:
        """Tell those of its processes that listen, once; its scheduler may tell us too."""
        assert self._run.warn is not None
        (_, number), self._run.warn = self._run.warn, None
        self._passed_by = number
        census = self._census()
        for pid in census.members(self._run, leaders=[self._run.pid]):
            if hears(pid, number):
                send(census.table[pid], number)

    def _pass_on(self, number: int, _frame: object) -> None:
        """What is meant for the job's script is the task's."""
        if number == self._passed_by:
            self._passed_by = 0
            return
        if self._run.warn is not None and self._run.warn[1] == number:
            self._warn()
            self._passed_by = 0
            return
        try:
            os.kill(self._run.pid, number)
        except ProcessLookupError:
            pass

    def _tend(self, ends_at: Optional[float]) -> None:
        moment = steady()
        if self._lease and moment - self._looked > 3 * _LOOK:  # we stood still with all of the job: first try to beat
            self._beaten = max(self._beaten, moment - self._lease + 2 * _LOOK)
        self._looked = moment
        warn_at = self._warn_at(ends_at)
        if warn_at is not None and moment >= warn_at:
            self._warn()
        if self._cause is None and ends_at is not None and moment >= ends_at:
            self._stop("timeout", f"its time limit of {self._run.limit:g} s was over")
        elif self._cause is None and self._lease and moment - self._beaten > self._lease:
            self._stop("lost", "its files could not be written for so long that it may have been given up")
        elif self._cause is None and self._run.needs.mem:
            self._keep_to_memory()
        elif self._kill_at is not None and moment >= self._kill_at:
            kill_tree(self._run, self._census, [self._run.pid])
            self._kill_at = moment + 1.0

    def _keep_to_memory(self) -> None:
        """Here; what it has on other nodes is its scheduler's to watch."""
        why = excess(self._run, self._census().members(self._run, leaders=[self._run.pid]))
        if why is not None:
            self._stop("memory", why, grace=LINGER)

    def _stop(self, cause: str, reason: str, *, grace: float = GRACE) -> None:
        self._cause, self._kill_at = (cause, reason), steady() + grace
        ask_to_end(self._run, self._census(), [self._run.pid])

    def _census(self) -> Census:
        return Census(self._worker, [os.getpid()])

    def _tidy(self) -> None:
        """End what the task left running: its scheduler does so too, but later."""
        for _ in range(_ROUNDS):
            if kill_tree(self._run, self._census, [self._run.pid]):
                return
            pause(0.01)

    def _beat(self) -> None:
        """Show that we live, in a thread of its own, since a file system may hang."""
        assert self._lease
        count = 0
        while True:
            moment, count = steady(), count + 1
            try:
                put(self._path(BEAT), {"count": count})
                self._beaten = moment
            except OSError:
                pass
            pause(self._lease / 4)
