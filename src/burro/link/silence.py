"""How long an answer is waited for that is due at once: a word is said after a while, and in the end it is given up.

A server that works on something long is told from one that hangs by the processor time it takes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Optional

from ..base.clock import steady
from ..base.errors import Silent
from ..base.paths import boot_id
from .call import elsewhere, patience, server_record

LOOKING = frozenset({"ping", "status", "show", "graph", "events", "history", "outputs", "workers", "pools", "doctor"})
ACTING = frozenset({"submit", "submit_many", "cancel", "hold", "release", "retry", "set", "signal", "context", "inbox"})
LASTING = frozenset({"up", "down", "clean", "pool"})  # the answer may take as long as it likes, once the server hears
_LONGEST = 20  # times our patience for a server that works
_BUSY = 0.1  # of the time it ran
_SLOWEST = 100_000  # bytes a second at which a long question travels and is read

Tell = Callable[[str], None]


class Silence:
    """One question that is not answered yet. `forever`: it is never given up."""

    def __init__(self, queue: str, op: str, *, tell: Optional[Tell] = None, forever: bool = False) -> None:
        """`tell` hears a sentence when it takes long."""
        self._queue, self._op, self._tell, self._forever = queue, op, tell, forever
        self._longest = patience()
        self._note = self._longest / 6
        self._since = self._looked = steady()
        self._worked: Optional[float] = None

    def left(self) -> float:
        """Seconds to listen until this is to be asked again. Raises Silent when it was long enough."""
        past = steady() - self._since
        if past < self._note:
            return self._note - past
        found = standing(self._queue)
        busy = self._works(found)
        if self._tell is not None:
            self._tell(f"{found.text}{' and busy' if busy else ''}; waiting for its answer")
            self._tell = None
        if not self._forever and past >= self._longest * (_LONGEST if busy else 1):
            raise Silent(f"{found.text} and did not answer within {past:.0f} s; {found.remedy}{self._after()}")
        return self._note

    def heard(self, *, asked: int = 0) -> None:
        """The other end took something, or said something; so many bytes were asked."""
        self._since = steady()
        self._longest += asked / _SLOWEST

    def _works(self, found: Standing) -> bool:
        """Whether the server has had the processor for some of the time since the last look."""
        before, self._worked = self._worked, found.worked
        looked, self._looked = self._looked, steady()
        if before is None or found.worked is None:
            return False
        return found.worked - before > _BUSY * (self._looked - looked)

    def _after(self) -> str:
        if self._op in ("submit", "submit_many"):
            return " (then look before you submit again: the job may be there)"
        return "" if self._op in LOOKING else " (then look: what was asked may be done)"


@dataclass(frozen=True)
class Standing:
    """What can be seen of a server from outside: a fact, what to do about it, and the processor time it has had."""

    text: str
    remedy: str
    worked: Optional[float] = None


def standing(queue: str) -> Standing:
    """How the server of a queue stands, which does not answer."""
    record = server_record(queue) if os.path.isabs(queue) else None
    if record is None or elsewhere(record):
        where = f"the server of {queue}" + (f" on {record['host']}" if record else "")
        return Standing(f"{where} is silent", "look there with: burro doctor")
    pid = int(record["pid"])
    name = f"the server (pid {pid})"
    letter, worked = _process(pid) if record.get("boot") == boot_id() else ("", None)
    if letter in ("T", "t"):
        return Standing(f"{name} is stopped", f"let it go on with: kill -CONT {pid}", worked)
    if letter == "D":
        return Standing(f"{name} waits for its disk", f"see whether {queue} can be read", worked)
    remedy = f"see {queue}/server.log; kill -9 {pid} ends it, tasks go on and the next command starts another"
    return Standing(f"{name} is silent", remedy, worked)


def _process(pid: int) -> tuple[str, Optional[float]]:
    """The letter of a process's state, and the seconds of processor time it has had (proc_pid_stat(5))."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return "", None
    return fields[0], (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
