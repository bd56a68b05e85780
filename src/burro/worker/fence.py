"""The keeper's part in a lease: where the worker is stuck, as on a mount that hangs, its tasks end all the same.

First the worker is killed: the next one sees that the lease is over, and stops them. If they live on, we kill them.
"""

from __future__ import annotations

import os
import signal
from math import inf
from typing import Optional

from ..base.clock import since_boot
from ..base.log import Log
from ..link.place import Place
from .entry import Entry, cause_line
from .journal import Journal, read
from .patience import read_heard
from .processes import below, is_born_between, look, scan, send

# Seconds, all of them within the 30 that the server waits longer; of a shorter lease it waits once more as long.
_EVERY = 2.5  # between looks; of a short lease a 32nd
_LATE = 15.0  # that a worker gets to stop its tasks by itself; of a short lease a quarter
_LATER = 6.0  # that the next one gets; the same
_WHY = "its server was not heard for the time of its lease, and its worker was stuck"


class Fence:
    """Looks whether tasks run whose time is over. `every`: milliseconds between looks, None: there is no lease."""

    def __init__(self, place: Place, boot: str, log: Log) -> None:
        self._directory, self._path, self._boot, self._log = place.directory, place.path("heard"), boot, log
        self.every: Optional[int] = int(1000 * _EVERY) if place.listen or place.dial is not None else None
        self._killed: Optional[float] = None  # when (seconds since boot) the worker was, for its lease

    def look(self, worker: int, journal: Journal) -> None:
        """See to it that what has no right to run any more ends."""
        heard, lease = read_heard(self._path, self._boot) or (0.0, None)
        self.every = int(1000 * min(_EVERY, (lease or inf) / 32))
        over = lease is not None and since_boot() > heard + lease + min(_LATE, lease / 4)
        running = self._running() if over else []
        if not running:
            self._killed = None
        elif self._killed is None:
            self._log.say(f"the lease is over and {len(running)} tasks run: the worker is stuck, and is killed")
            self._killed = since_boot()
            os.kill(worker, signal.SIGKILL)
        elif lease is not None and since_boot() > self._killed + min(_LATER, lease / 4):
            self._end(running, journal)

    def _running(self) -> list[Entry]:
        """Attempts that began here in this boot, whose leader lives."""
        found = []
        for entry in read(self._directory).values():
            process = look(entry.pid) if entry.pid is not None and entry.boot == self._boot else None
            alive = process is not None and process.state != b"Z"
            if entry.end is None and alive and is_born_between(process, entry.begun, entry.spawned):
                found.append(entry)
        return found

    def _end(self, running: list[Entry], journal: Journal) -> None:
        """Kill them ourselves, with all that is below them."""
        self._log.say(f"{len(running)} tasks run on; killing them")
        for entry in running:
            if entry.cause is None:
                journal.put_off(cause_line(entry.key, "lost", _WHY))
        try:
            journal.flush()
        except OSError as error:
            self._log.say(f"the journal cannot be written ({error.strerror})")
        table = scan()
        leaders = {entry.pid for entry in running}
        roots = {process.pid for process in table.values() if process.session in leaders}
        for pid in below(roots, table):
            send(table[pid], signal.SIGKILL)
