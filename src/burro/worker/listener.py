"""Where a worker waits for its server to come: a socket that only its own user may knock at."""

from __future__ import annotations

import os
import socket
from typing import Optional

from ..base.errors import BurroError
from ..base.log import Log
from ..link.call import peer_uid
from ..link.listen import listen_at


class Listener:
    """The listening socket of one worker; its descriptor stays the same for ever."""

    def __init__(self, path: str, log: Log) -> None:
        """Raises BurroError or OSError where nobody can listen there."""
        self._path, self._log = path, log
        self._end = listen_at(path)
        self.number = self._end.fileno()
        self._mark = self._found()

    def accept(self) -> Optional[socket.socket]:
        """The newest of those that knock; the others are turned away."""
        newest: Optional[socket.socket] = None
        while True:
            try:
                end, _ = self._end.accept()
            except BlockingIOError:
                return newest
            except OSError as error:
                self._log.say(f"a link cannot be taken ({error.strerror})")
                return newest
            if peer_uid(end) != os.geteuid():
                end.close()
                continue
            if newest is not None:
                newest.close()
            end.setblocking(False)
            newest = end

    def mend(self) -> None:
        """Listen again where somebody removed the socket's file, as those who tidy /tmp do."""
        if self._mark is not None and self._found() == self._mark:
            return
        try:
            fresh = listen_at(self._path)
        except (BurroError, OSError) as error:
            self._log.say(f"nobody can knock: {error}")
            return
        os.dup2(fresh.fileno(), self.number, inheritable=False)
        fresh.close()
        self._mark = self._found()

    def _found(self) -> Optional[tuple[int, int]]:
        try:
            found = os.lstat(self._path)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def close(self) -> None:
        """Nobody is here any more."""
        if self._found() == self._mark:
            os.unlink(self._path)
        self._end.close()
