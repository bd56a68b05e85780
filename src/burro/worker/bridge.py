"""Both ends of `link = "ssh"` at a node: the carrier's, which waits to be reached, and the role that ssh starts there.

The role `bridge` copies bytes between its standard input and output and the socket at which the carrier waits.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from typing import Optional

from ..base.paths import host, socket_path
from ..base.title import set_title
from ..link.call import peer_uid
from ..link.listen import listen_at
from ..link.place import Place, role_command
from ..link.reach import MARK, Wish, ask, withdraw
from .lodging import knock
from .relay import SILENCE, Relay


class Doorstep:
    """Where a carrier waits for the server's ssh."""

    def __init__(self, place: Place) -> None:
        """Raises BurroError or OSError where nobody can wait there."""
        self._place = place
        self.end = listen_at(place.socket)

    def renew(self) -> None:
        """Say that we want to be reached. Raises OSError."""
        place = self._place
        command = role_command(place.directory, "bridge")
        ask(place.queue, Wish(place.name, place.pool, place.host or host(), command))

    def accept(self) -> Optional[socket.socket]:
        """Who came, if it is our own user; None where nobody did."""
        try:
            end, _ = self.end.accept()
        except BlockingIOError:
            return None
        if peer_uid(end) != os.geteuid():
            end.close()
            return None
        return end

    def close(self) -> None:
        """Nobody is to come any more, or who was to come is there."""
        withdraw(self._place.queue, self._place.name)
        self.end.close()
        try:
            os.unlink(self._place.socket)
        except OSError:
            return


def run_bridge(directory: str) -> int:
    """Be the bridge to the carrier of a worker's directory until either side is gone; the exit code."""
    set_title("burro-bridge")
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    end = knock(socket_path(directory))
    if end is None:
        sys.stderr.write(f"burro-worker: no worker waits at {host()} for {directory}\n")
        return 1
    os.write(1, MARK)
    silence = float(os.environ.get("BURRO_LINK_TIMEOUT") or SILENCE)
    return Relay(end, b"", silence=silence).run()
