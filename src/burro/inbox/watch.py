"""The watcher's loop: look, then wait until the kernel, the queue, a signal or the clock says that it is time again."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Mapping
from functools import partial
from types import FrameType
from typing import Any

from ..api.caller import Caller
from ..base.clock import steady
from ..base.errors import BurroError
from ..model.inbox import REPORTS, Settings
from .desk import Desk, Ends
from .inbox import Inbox
from .intake import Tell
from .notice import CHANGES, COMES, Notice
from .root import CANCELLED, INBOX, Lock

_REPORTED = 1.0  # seconds between two words to the server


class Watcher:
    """Watches one root until it is told to stop. `looked` hears of each look that the clock brought."""

    def __init__(
        self,
        queue: str,
        root: str,
        settings: Settings,
        *,
        context: Mapping[str, Any],
        tell: Tell,
        looked: Callable[[], None] = lambda: None,
        paused: bool = False,
        parent: int | None = None,
    ) -> None:
        """`parent`: a descriptor that ends when who started us is gone; then our server hears how we stand.

        Raises Failed where somebody watches this root.
        """
        self._lock = Lock(root)
        self._root, self._settings, self._tell, self._looked, self._parent = root, settings, tell, looked, parent
        self._callers = (Caller(queue, starts=parent is None), Caller(queue, starts=False))
        self._desk = Desk(self._callers[0], context)
        self._inbox = Inbox(root, settings, desk=self._desk, lock=self._lock, tell=tell, paused=paused)
        self._stopping = self._behind = False
        self.orphaned = False  # who started us died, and did not tell us to leave
        self._told: tuple[float, Mapping[str, Any]] = (0.0, {})
        self._wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._notice = self._listen()

    def run(self) -> None:
        """Watch. Raises BurroError where the queue cannot be asked at the start."""
        self._obey_signals()
        self._ends = Ends(self._callers[1], after=self._desk.newest(), wake=self._wake[1])
        self._ends.start()
        whole, since = True, steady()
        while not self._stopping:
            if self._lock.is_lost():
                self._tell(f"{self._root} was removed or replaced; this watcher leaves")
                return
            if whole:
                since = steady()
                self._looked()
            if self._ends.missed.is_set():
                self._ends.missed.clear()
                whole = True
            seconds = self._inbox.look(self._ends.take(), whole=whole)
            self._report()
            left = max(0.0, since + self._settings.period - steady())
            self._wait(min(seconds, left, _REPORTED if self._behind else left, REPORTS))
            whole = steady() >= since + self._settings.period
        self._lock.release()

    def stop(self, *_: object) -> None:
        """End after the step that is being taken."""
        self._stopping = True

    def _obey_signals(self) -> None:
        signal.set_wakeup_fd(self._wake[1], warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _listen(self) -> Notice | None:
        """Word from the kernel, where it has any."""
        if not self._lock.true_times:
            return None
        try:
            notice = Notice()
            notice.watch(os.path.join(self._root, INBOX), COMES)
            notice.watch(os.path.join(self._root, CANCELLED), CHANGES)
            if self._settings.lock is not None:
                notice.watch(self._root, CHANGES)
        except OSError as error:
            self._tell(f"the kernel tells of no changes ({error.strerror}); looking every {self._settings.period:g} s")
            return None
        self._inbox.intake.local = True
        self._inbox.intake.listen = partial(self._hear, notice)
        return notice

    def _wait(self, seconds: float) -> None:
        others = (self._notice.end if self._notice else None, self._parent)
        ends = [self._wake[0], *(end for end in others if end is not None)]
        ready = select.select(ends, [], [], seconds)[0]
        if self._wake[0] in ready:
            os.read(self._wake[0], 1 << 16)
        if self._notice is not None and self._notice.end in ready:
            self._hear(self._notice)
        if self._parent is not None and self._parent in ready:
            self._stopping = True
            self.orphaned = os.read(self._parent, 1) == b""

    def _hear(self, notice: Notice) -> None:
        """Take what the kernel has told."""
        for word in notice.words():
            if not word.path or word.path.endswith("/" + INBOX):
                self._inbox.intake.heard(word.name, moved=word.moved)

    def _report(self) -> None:
        """Tell the server how we stand, where it asked us to watch."""
        if self._parent is None or self._stopping:
            return
        seen = self._inbox.seen()
        past = steady() - self._told[0]
        self._behind = seen != self._told[1] and past < _REPORTED
        if self._behind or (seen == self._told[1] and past < min(self._settings.period, REPORTS)):
            return
        self._told = (steady(), seen)
        try:
            self._desk.tell(self._root, seen)
        except BurroError:
            return  # it is told next time
