"""The role `dial`: goes to the server for a worker, tries for ever, and carries bytes between both once it is in.

It ends with the connection, or with the worker; the next one is the worker's to start.
"""

from __future__ import annotations

import os
import random
import select
import signal
import socket
from collections.abc import Callable
from typing import Optional, Protocol, TypeVar

from ..base.clock import now, steady, time_of_day
from ..base.errors import BurroError, Unreachable
from ..base.failpoint import hit
from ..base.log import Log
from ..base.title import set_title
from ..link.call import server_record
from ..link.knock import knock, see_anew
from ..link.lines import Message
from ..link.place import Place, read_place
from ..link.spool import FOLDER, Spool
from ..link.way import Way, dial, way_of
from .bridge import Doorstep
from .carrier import OPEN
from .courier import Courier
from .pump import Pump

Found = TypeVar("Found")
SSH = "ssh"
_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0)
_SAY_AGAIN = 3600.0  # seconds, where nothing changes
_LOOK_EVERY = 0.2  # seconds, while a connection waits to be taken by the server
_TAKEN_WITHIN = 60.0  # seconds: then the record is read anew


def run_dial(directory: str) -> int:
    """Be the carrier of a worker's words until either side is gone; the exit code."""
    set_title("burro-dial")
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    place = read_place(directory)
    if place.allocation is not None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # its end is told to all that is in it; the worker's words follow
    worker = socket.socket(fileno=0)
    carry = Dialler(place, Log(place.log, "dial"), worker).open()
    if carry is None:
        return 0
    try:
        worker.sendall(OPEN)
    except OSError:
        return 0
    hit("dial.open")
    return carry.run()


class _Left(Exception):
    """The worker is gone."""


class Carry(Protocol):
    """Bytes on their way, both ways."""

    def run(self) -> int:
        """Until either side is gone; the exit code."""


class Dialler:
    """Tries until it is in, or until the worker is gone."""

    def __init__(self, place: Place, log: Log, worker: socket.socket) -> None:
        self._place, self._log, self._worker = place, log, worker
        self._since = time_of_day(now())
        self._said, self._said_at = "", 0.0

    def open(self) -> Optional[Carry]:
        """A connection to the server; None where the worker is gone."""
        tries = 0
        while True:
            try:
                found = self._open_once()
            except _Left:
                return None
            except (BurroError, OSError) as error:
                self._tell(str(error))
            else:
                if self._said:
                    self._log.say(f"the server is there; there was none since {self._since}")
                return found
            pause = _PAUSES[min(tries, len(_PAUSES) - 1)] * random.uniform(0.8, 1.2)  # noqa: S311  # not a secret
            tries += 1
            if self._is_left(pause):
                return None

    def _open_once(self) -> Carry:
        """By the pool's link, as the server's record says. Raises BurroError, OSError, or _Left."""
        record = self._record()
        link = (record or {}).get("links", {}).get(self._place.pool)
        if link == FOLDER:
            return self._by_folder()
        if link == SSH:
            return self._by_ssh()
        return Pump(self._worker, dial(self._way(record)))

    def _by_folder(self) -> Carry:
        """Leave a connection in the shared directory until the server takes it."""
        carry = Courier(self._worker, Spool.make(self._place.queue, self._place.name))
        try:
            self._await(carry.is_let_in, f"no server looks into {self._place.queue}/{FOLDER}")
        except BaseException:
            carry.close()
            raise
        return carry

    def _by_ssh(self) -> Carry:
        """Wait to be reached; the server may have been told otherwise meanwhile."""
        step = Doorstep(self._place)
        try:
            step.renew()
            return Pump(self._worker, self._await(step.accept, "the server has not come by ssh yet"))
        finally:
            step.close()

    def _await(self, look: Callable[[], Optional[Found]], trouble: str) -> Found:
        """What `look` finds. Raises _Left, or Unreachable after a while: the server may be told otherwise by then."""
        until = steady() + _TAKEN_WITHIN
        while not (found := look()):
            if steady() > until:
                raise Unreachable(trouble)
            if self._is_left(_LOOK_EVERY):
                raise _Left
        return found

    def _record(self) -> Optional[Message]:
        if not os.path.isdir(self._place.queue):
            return None
        see_anew(self._place.queue)
        return server_record(self._place.queue)

    def _way(self, record: Optional[Message]) -> Way:
        """Where the server is now, by its record; where that cannot be read, as we were told. Raises BurroError."""
        queue, told = self._place.queue, self._place.dial or {}
        if record is not None:
            found = way_of(queue, record)
            if found is not None:
                return found
            knock(queue, self._place.name)
            raise Unreachable(f"the server on {record.get('host')} has no port open yet")
        if "port" in told:
            return Way(tuple(told["addresses"]), int(told["port"]), str(told["fingerprint"]), str(told["secret"]))
        raise Unreachable(f"no server is on record in {queue}")

    def _tell(self, trouble: str) -> None:
        """Once for each trouble, and now and then."""
        if trouble == self._said and steady() < self._said_at + _SAY_AGAIN:
            return
        self._said, self._said_at = trouble, steady()
        self._log.say(f"no server since {self._since}: {trouble}; trying on")

    def _is_left(self, seconds: float) -> bool:
        """Wait; whether the worker went meanwhile."""
        poll = select.poll()
        poll.register(self._worker, select.POLLIN)  # it says nothing before the way is open
        return bool(poll.poll(int(seconds * 1000)))
