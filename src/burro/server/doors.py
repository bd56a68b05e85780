"""Where workers and commands of other machines come in: the port, the folder, and ssh to nodes; and their leases."""

from __future__ import annotations

from collections.abc import Callable

from .leases import Leases
from .listening import PeerEnd
from .port import Port
from .record import Record
from .state import Later, Server
from .turn import Turn
from .visitor import Guest
from .ways import Ways


class Doors:
    """Opens and closes them as pools want it. `gone` is told when somebody went who came in."""

    def __init__(
        self, server: Server, record: Record, turn: Turn, gone: Callable[[PeerEnd], None], *, later: Later
    ) -> None:
        self._server, self._turn, self._gone = server, turn, gone
        self._leases = Leases(server, later, turn.also)
        self._port = Port(server, record, later=later, guest=self._guest)
        self._ways = Ways(server, record, later=later, greet=self._guest, is_asked_for=lambda: self._port.is_asked_for)

    def begin(self) -> Doors:
        """From now on."""
        self._leases.begin()
        self._port.begin()
        self._ways.begin()
        return self

    def close(self) -> None:
        """Let nobody in any more."""
        self._port.close()
        self._ways.close()

    def _guest(self, forget: Callable[[PeerEnd], None]) -> Guest:
        def left(peer: PeerEnd) -> None:
            forget(peer)
            self._gone(peer)

        return Guest(self._server, self._turn, left, beat=self._leases.beat)
