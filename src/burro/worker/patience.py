"""How long a worker elsewhere goes on without its server: for ever, or as long as its lease; idle, for a while."""

from __future__ import annotations

import os
from math import inf
from typing import Optional

from ..base.clock import since_boot, steady
from ..base.failpoint import hit
from ..base.text import spoken_duration
from ..link.place import Place

_LOOK_EVERY = 10.0  # seconds: a machine that slept must not go on for long after its lease


class Patience:
    """What silence leads to. `lease`: seconds, None: for ever.

    The last word of the server is on file, so that it outlives this worker.
    """

    def __init__(self, place: Place, boot: str) -> None:
        self._linger = place.linger
        self._path, self._boot = place.path("heard"), boot
        self._heard, self._lease = read_heard(self._path, boot) or (since_boot(), place.lease)
        self._written = 0.0
        self._idle_since: Optional[float] = None
        self._write()  # from now on it is only written over, for which also a full disk has room

    @property
    def lease(self) -> Optional[float]:
        """What the server said last, to this worker or to an earlier one of this place."""
        return self._lease

    @lease.setter
    def lease(self, seconds: Optional[float]) -> None:
        if seconds != self._lease:
            hit("lease.before_write")
            self._lease = seconds
            self._write()

    def hear(self, moment: Optional[float] = None) -> None:
        """The server has said something now, or in answer to what was sent at some moment since boot."""
        self._heard = since_boot() if moment is None else max(self._heard, moment)
        if self.lease is not None and self._heard > self._written + self.lease / 100:
            self._write()

    def tend(self, *, linked: bool, busy: bool) -> None:
        """Note whether anybody needs us."""
        if linked or busy:
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = steady()

    @property
    def is_over(self) -> bool:
        """Whether what runs here has no right to go on."""
        return self.lease is not None and since_boot() >= self._heard + self.lease

    @property
    def is_idle_for_long(self) -> bool:
        """Whether nobody has needed us for long."""
        return self._idle_since is not None and steady() >= self._idle_since + self._linger

    def wake_at(self, *, busy: bool) -> float:
        """When (steady time) one of these may have become true."""
        if self._idle_since is not None:
            return self._idle_since + self._linger
        if self.lease is None or not busy:
            return inf
        left = self._heard + self.lease - since_boot()
        return inf if left <= 0 else steady() + min(left, _LOOK_EVERY)

    def reason(self) -> str:
        """Why what ran here was ended."""
        assert self.lease is not None
        return f"its server was not heard for the {spoken_duration(self.lease)} of the lease"

    def _write(self) -> None:
        self._written = self._heard
        line = f"{self._boot} {self._heard:020.6f} {self._lease or 0:014.3f}\n".encode("ascii")
        try:
            end = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            os.pwrite(end, line, 0)
            os.close(end)
        except OSError:
            self._forget()

    def _forget(self) -> None:
        """A full disk: this worker knows, the next one begins anew. What stands there is no longer true."""
        try:
            os.unlink(self._path)
        except OSError:
            return


def read_heard(path: str, boot: str) -> Optional[tuple[float, Optional[float]]]:
    """When the server was heard last in this boot (seconds since that), and the lease; None where nothing says it."""
    try:
        with open(path, encoding="ascii") as file:
            found, moment, lease = file.read().split()
        return (float(moment), float(lease) or None) if found == boot else None
    except (OSError, ValueError):
        return None
