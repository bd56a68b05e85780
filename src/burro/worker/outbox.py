"""What a worker has to tell, until the server has acknowledged it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

from ..link.lines import Message
from .entry import Key

Paths = tuple[Optional[str], Optional[str]]  # of output and error
Home = tuple[Optional[str], ...]  # these, and that of a parcel where there may be one


class Outbox:
    """What the server has not been told, or has not acknowledged.

    `home`: where the output of attempts lies that goes with their ends. Those ends are never told in a hello, since
    nothing can be said before that.
    """

    def __init__(self, stay: Optional[Message] = None) -> None:
        self.starts: dict[Key, Callable[[], list[Any]]] = {}
        self.ends: dict[Key, list[Any]] = {}
        self.released: list[Key] = []
        self.unseen: set[int] = set()  # jobs of these whose repository is not here
        self.home: dict[Key, Home] = {}
        self.parcels: dict[Key, list[Any]] = {}  # ends that wait until their outputs are at home
        self._offered: set[Key] = set()
        self._sent: dict[int, list[Key]] = {}
        self._open: dict[Key, list[Any]] = {}  # ends that were sent and not acknowledged
        self.seq = 0
        self._stay = stay or {}
        self.leaving = False  # nothing more is begun here
        self.trouble: Optional[str] = None  # why nothing can be begun here, until the server was told

    @property
    def stay(self) -> Message:
        """How long the worker stays, as a hello says it."""
        return {**self._stay, "leaving": self.leaving}

    def report(self) -> Optional[Message]:
        """The next report; None where there is nothing to tell."""
        if not (self.starts or self.ends or self.released or self.trouble):
            return None
        self.seq += 1
        starts = [start() for key, start in self.starts.items() if key not in self.ends]
        message = {"op": "report", "seq": self.seq, "starts": starts, "ends": list(self.ends.values())}
        message["released"] = [list(key) for key in self.released]
        if self.unseen:
            message["unseen"], self.unseen = sorted(self.unseen), set()
        if self.leaving:
            message["leaving"] = True
        if self.trouble:
            message["trouble"], self.trouble = self.trouble, None
        self._sent[self.seq] = list(self.ends)
        self._open.update(self.ends)
        self.starts, self.ends, self.released = {}, {}, []
        return message

    def acknowledge(self, seq: int) -> None:
        """The server has committed everything up to report `seq`."""
        for number in [number for number in self._sent if number <= seq]:
            for key in self._sent.pop(number):
                self._open.pop(key, None)
                self.home.pop(key, None)

    @property
    def has_offers(self) -> bool:
        """Whether there are parcels that the server has not heard of."""
        return len(self._offered) < len(self.parcels)

    def unoffered(self) -> list[Key]:
        """The parcels that the server has not heard of since it is there; from now on it has."""
        found = [key for key in self.parcels if key not in self._offered]
        self._offered.update(found)
        return found

    def deliver(self, key: Key) -> None:
        """A parcel is at home, or will not be: its end is told."""
        self._offered.discard(key)
        self.ends[key] = self.parcels.pop(key)

    def all_ends(self) -> list[list[Any]]:
        """Every end that the server may not know: for a new connection."""
        return [end for key, end in {**self._open, **self.ends}.items() if key not in self.home]

    def late_ends(self) -> list[Key]:
        """Claims whose end is told after the hello."""
        return [key for key in {**self._open, **self.ends, **self.parcels} if key in self.home]

    def renew(self) -> None:
        """A hello tells everything: from now on only its acknowledgement counts."""
        ends = {**self._open, **self.ends}
        self._open = {key: end for key, end in ends.items() if key not in self.home}
        self.starts, self.released, self._offered = {}, [], set()
        self.unseen = set()
        self.ends = {key: end for key, end in ends.items() if key in self.home}
        self.seq += 1
        self._sent = {self.seq: list(self._open)}

    @property
    def unacknowledged(self) -> set[Key]:
        """Claims whose end the server may not know."""
        return set(self._open) | set(self.ends) | set(self.parcels)
