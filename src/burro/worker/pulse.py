"""Beats of a worker that goes to its server: they renew its lease, and show whether anybody still hears it.

A beat names the moment at which it was sent, and its answer counts from then: so whatever is late on its way, the
lease is over here before it is over at the server.
"""

from __future__ import annotations

import os
from math import inf
from typing import Optional

from ..base.clock import since_boot, steady
from ..base.log import Log
from ..link.lines import Message
from .patience import Patience
from .uplink import Uplink

SILENCE = 30.0  # seconds without an answer after which the connection is given up; BURRO_LINK_TIMEOUT says otherwise


class Pulse:
    """Beats while there is a connection that was dialled."""

    def __init__(self, uplink: Uplink, patience: Optional[Patience], log: Log) -> None:
        self._uplink, self._patience, self._log = uplink, patience, log
        self._silence = float(os.environ.get("BURRO_LINK_TIMEOUT") or SILENCE)
        self._heard = self._next = 0.0  # steady times
        self._round = -1

    def tend(self) -> None:
        """Beat where that is due; give a connection up on which nothing is answered."""
        if self._uplink.socket is None or self._uplink.carrier is None:
            return
        moment = steady()
        if self._round != self._uplink.round:
            self._round, self._heard = self._uplink.round, moment
            self._next = moment + self._silence / 3
        elif moment > self._heard + self._silence:
            self._log.say(f"the server has not answered for {moment - self._heard:.0f} s; connecting again")
            self._uplink.drop()
        elif moment >= self._next:
            self._next = moment + self._silence / 3
            self._uplink.say({"op": "beat", "n": since_boot()})

    def hear(self, message: Message) -> None:
        """The server has answered a beat, or the hello, which is one too."""
        sent = message.get("beat", message.get("n"))
        if self._uplink.carrier is not None and self._patience is not None and isinstance(sent, float):
            self._heard = steady()
            self._patience.hear(sent)

    def wake_at(self) -> float:
        """When (steady time) one of these is due."""
        if self._uplink.socket is None or self._uplink.carrier is None:
            return inf
        return self._next if self._round == self._uplink.round else 0.0
