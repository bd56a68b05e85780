"""The server of this machine is started again where it died; its lock decides if somebody else does so too."""

from __future__ import annotations

import os

from ..base.log import Log
from ..link.call import server_record
from ..link.place import ROLE, Place

_PATIENCE = 0.3  # seconds without a server before we start it again
_PAUSES = (2.0, 5.0, 15.0, 60.0)


class Revival:
    """Starts the server again where that is ours to do, with pauses that grow."""

    def __init__(self, place: Place, log: Log) -> None:
        self._place, self._log = place, log
        self._starts = 0
        self._next = 0.0

    def forget(self) -> None:
        """There is a server: the next time that it is away we may begin anew."""
        self._starts = 0

    def tend(self, now: float, *, gone_since: float, holding: bool) -> None:
        """Start it where it is time to. Steady times; `holding`: there is any work here."""
        command = self._place.server
        if not holding and server_record(self._place.queue) is None:
            return  # it left on purpose, and nothing here needs it
        if command is None or now - gone_since < _PATIENCE or now < self._next:
            return
        self._next = now + _PAUSES[min(self._starts, len(_PAUSES) - 1)]
        self._starts += 1
        self._log.say("no server answers; starting it")
        env = {name: value for name, value in os.environ.items() if not name.startswith("BURRO_FAILPOINT")}
        try:
            nothing = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
            os.posix_spawn(
                command[0], command, {**env, ROLE: "server"}, file_actions=[nothing], setsid=True, setsigmask=[]
            )
        except OSError as error:
            self._log.say(f"the server cannot be started: {error}")
