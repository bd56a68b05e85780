"""The way to a server that the worker has to go to: a process of its own dials, and what it carries comes through.

Names, directories and handshakes may hang: they hang there, and the worker goes on.
"""

from __future__ import annotations

import os
import signal
import socket
from typing import Optional

from ..base.log import Log
from ..link.place import ROLE, Place, role_command

OPEN = b"."  # what it says once the server has let it in


class Carrier:
    """Starts the process. `end`: our end of the way while that is not open; `pids`: the process, if one may live."""

    def __init__(self, place: Place, log: Log) -> None:
        self._place, self._log = place, log
        self.end: Optional[socket.socket] = None
        self.pids: set[int] = set()

    def start(self) -> None:
        """Have the server dialled, unless that is being done."""
        if self.end is not None:
            return
        ours, theirs = socket.socketpair()
        command = role_command(self._place.directory, "dial")
        try:
            pid = os.posix_spawn(
                command[0],
                command,
                {**os.environ, ROLE: "dial"},
                file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), 0)],
                setsigdef=[signal.SIGTERM, signal.SIGHUP],
                setsigmask=[],
            )
        except OSError as error:
            self._log.say(f"nobody can be sent to the server: {error}")
            ours.close()
            return
        finally:
            theirs.close()
        ours.setblocking(False)
        self.end = ours
        self.pids.clear()
        self.pids.add(pid)

    def take(self) -> Optional[socket.socket]:
        """The open way, the caller's from now on; None while it is not open, and no `end` if it never will be."""
        if self.end is None:
            return None
        try:
            said = self.end.recv(len(OPEN))
        except BlockingIOError:
            return None
        except OSError:
            said = b""
        end, self.end = self.end, None
        if said:
            return end
        end.close()
        return None
