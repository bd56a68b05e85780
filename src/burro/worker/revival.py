"""Starting a dead server again: at once the first time, and ever later while each dies soon after its start."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Optional

from ..base.clock import now as wall
from ..base.clock import time_of_day
from ..base.log import Log
from ..base.paths import deaths_path
from ..link.call import server_record
from ..link.place import ROLE, Place

EARLY = 60.0  # seconds: one that lived shorter has not recovered from what killed the last one
_PAUSES = (2.0, 2.0, 5.0, 15.0, 60.0, 300.0, 600.0)  # seconds between two starts, by how many died early in a row
_TOLD = 3  # early deaths in a row from which on people are told

Start = Callable[[list[str]], None]


class Revival:
    """Remembers how long servers lived. `start` runs a command, detached. Times are steady."""

    def __init__(self, place: Place, log: Log, *, start: Optional[Start] = None) -> None:
        self._place, self._log, self._start = place, log, start or self._spawn
        self._came: Optional[float] = None
        self._lived: Optional[float] = None  # seconds, of the last one; None: nothing is known of it
        self._early = 0
        self._next = 0.0
        self._is_told = place.server is not None and os.path.exists(deaths_path(place.queue))

    def came(self, now: float) -> None:
        """A server is there."""
        self._came = now

    def went(self, now: float) -> None:
        """It is gone, or only the connection is."""
        if self._came is not None:
            self._lived, self._came = now - self._came, None

    def tend(self, now: float, *, gone_since: float, holding: bool) -> None:
        """Start one where that is ours and it is time to; a lock decides where somebody else does so too.

        `holding`: there is any work here.
        """
        if self._place.server is None or now - gone_since < self._place.patience or now < self._next:
            return
        if holding or server_record(self._place.queue) is not None:  # else it left on purpose, and nobody needs it
            self._revive(self._place.server, now, gone_since=gone_since)

    def _revive(self, command: list[str], now: float, *, gone_since: float) -> None:
        if self._lived is not None:
            self._early = self._early + 1 if self._lived < EARLY else 0
        pause = _PAUSES[min(self._early, len(_PAUSES) - 1)]
        self._lived, self._next = 0.0, now + pause
        self._log.say(f"no server since {time_of_day(wall() - now + gone_since)}; starting it")
        if self._early >= _TOLD:
            self._tell(wall() + pause)
        try:
            self._start(command)
        except OSError as error:
            self._log.say(f"the server cannot be started: {error}")

    def _tell(self, again: float) -> None:
        """Into the log, and for `burro doctor`."""
        text = (
            f"it died {self._early} times in a row, each time within a minute of its start. It was started at "
            f"{time_of_day(wall())}, and if that one dies too, not before {time_of_day(again)} again; "
            f"why may be in {self._place.queue}/server.log"
        )
        self._log.say(f"the server: {text}")
        self._is_told = True
        path = deaths_path(self._place.queue)
        try:
            with open(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
                file.write(text + "\n")
        except OSError:
            return  # a full disk may be why it dies; the log has it

    def look(self, now: float) -> None:
        """Take back what people were told once a server has lived for long enough."""
        if self._is_told and self._came is not None and now - self._came >= EARLY:
            self._is_told, self._early = False, 0
            try:
                os.unlink(deaths_path(self._place.queue))
            except FileNotFoundError:
                return

    def wake_at(self) -> Optional[float]:
        """When that is; None where nobody was told anything."""
        return self._came + EARLY if self._is_told and self._came is not None else None

    def _spawn(self, command: list[str]) -> None:
        """What it has to say before it has a log, and the traceback of a defect, are in that log."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("BURRO_FAILPOINT")}
        log, flags = os.path.join(self._place.queue, "server.log"), os.O_CREAT | os.O_APPEND | os.O_WRONLY
        files = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, log, flags, 0o600),
            (os.POSIX_SPAWN_OPEN, 2, log, flags, 0o600),
        ]
        os.posix_spawn(command[0], command, {**env, ROLE: "server"}, file_actions=files, setsid=True, setsigmask=[])
