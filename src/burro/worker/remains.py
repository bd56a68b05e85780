"""What an earlier worker of this place left: read from the journal at the start, adopted or brought to an end."""

from __future__ import annotations

import os
import signal

from ..base.clock import now, pause, since_boot, steady
from ..base.log import Log
from ..link.place import Place
from .entry import Ended, Entry, Key, end_line
from .journal import Journal, read
from .processes import Marks, Process, below, is_born_between, look, marks, send
from .running import Census, adopted
from .slots import Slots
from .stopping import kill_all

_NAMES = (b"BURRO_JOB_ID", b"BURRO_TASK_ID", b"BURRO_ATTEMPT")
_GRACE = 1.0  # seconds between TERM and KILL for what lost both its keeper and its worker


def take_over(place: Place, slots: Slots, journal: Journal, log: Log, *, boot: str, keeper: int) -> None:
    """Bring what the journal knows into the slots, and end what runs though nobody watches it.

    What our keeper adopted goes on. What hangs elsewhere lost its keeper too: nobody can see how it ends, so it is
    stopped with its whole tree, and then reported as lost.
    """
    directory = place.directory
    entries = read(directory)
    kept = {key for key, entry in entries.items() if entry.end is None and _is_adopted(entry, boot, keeper)}
    entries = {**entries, **{key: entry for key, entry in read(directory).items() if entry.end is not None}}
    _end_all(_Remains(place, entries, kept, boot), log)
    for key, entry in entries.items():
        if entry.end is not None:
            slots.tell(key, entry.end, started=entry.started, files=entry.files, home=entry.home)
        elif key in kept:
            assert entry.pid is not None
            run = adopted(entry, leave=b"BURRO_LEAVE" in marks(entry.pid))
            run.group = slots.groups.of(key) if entry.mem else None
            slots.take(run)
        else:
            _lose(entry, slots, journal, boot)
    slots.groups.remove_strangers(run.group for run in slots.by_key.values())
    if not kept:
        journal.rewrite(list(read(directory).values()))


def _is_adopted(entry: Entry, boot: str, keeper: int) -> bool:
    if entry.pid is None or entry.boot != boot:
        return False
    process = look(entry.pid)
    return process is not None and process.parent == keeper and is_born_between(process, entry.begun, entry.spawned)


def _lose(entry: Entry, slots: Slots, journal: Journal, boot: str) -> None:
    reason = "the machine was restarted" if entry.boot != boot else "its worker and keeper were killed"
    ended = Ended("lost", None, now(), reason=reason)
    journal.write(end_line(entry.key, ended))
    begun = ended.ended - (since_boot() - entry.begun) if entry.boot == boot else ended.ended
    slots.tell(entry.key, ended, started=entry.started or begun, files=entry.files, home=entry.home)


class _Remains:
    """What an earlier worker of this place started, nobody adopted and must not go on.

    Known by the journal (pid and birth, what hangs below or in its session), by the mark in its environment, or, where
    the worker died between vfork and exec, by looking like it. Once known it stays known, whatever becomes of its mark.
    """

    def __init__(self, place: Place, entries: dict[Key, Entry], kept: set[Key], boot: str) -> None:
        self._place = place
        self._kept = {_names(key, entries[key]) for key in kept}
        self._ours = {os.getpid(), *(entries[key].pid for key in kept)}
        lost = [entry for key, entry in entries.items() if entry.end is None and key not in kept]
        self._lost = {_names(entry.key, entry) for entry in lost}
        here = [entry for entry in lost if entry.boot == boot]
        self._runs = [adopted(entry, leave=False) for entry in here if entry.pid is not None]
        self._known: set[tuple[int, float]] = set()

    def living(self) -> list[Process]:
        """Those that live now."""
        census = Census(self._place.name, ())
        table = census.table
        roots = {process.pid for process in census.marked() if self._is_over(marks(process.pid))}
        for run in self._runs:
            roots |= census.members(run, leaders=())
        found = below(roots, table) | {pid for pid in table if self._is_before_exec(pid)}
        self._known |= {(pid, table[pid].born) for pid in found}
        return [one for one in table.values() if (one.pid, one.born) in self._known and one.state != b"Z"]

    def _is_over(self, written: Marks) -> bool:
        """Whether what carries these marks has no right to go on: only what an ended task was allowed to leave has."""
        if b"BURRO_ROLE" in written:
            return False
        names = tuple(written.get(name) for name in _NAMES)
        return names in self._lost or (names not in self._kept and b"BURRO_LEAVE" not in written)

    def _is_before_exec(self, pid: int) -> bool:
        """Whether a process looks like the worker of this place, which nobody but we and our keeper's children can."""
        if pid in self._ours or marks(pid).get(b"BURRO_ROLE") != b"worker":
            return False
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                return os.fsencode(self._place.directory) in file.read().split(b"\0")
        except OSError:
            return False


def _names(key: Key, entry: Entry) -> tuple[bytes, bytes, bytes]:
    return b"%d" % key[0], b"%d" % key[1], b"%d" % entry.number


def _end_all(remains: _Remains, log: Log) -> None:
    """TERM, then KILL."""
    left = remains.living()
    if not left:
        return
    log.say(f"stopping {len(left)} processes that lost their worker and their keeper")
    for process in left:
        send(process, signal.SIGTERM)
        send(process, signal.SIGCONT)
    deadline = steady() + _GRACE
    while steady() < deadline and left:
        pause(0.01)
        left = remains.living()
    if not kill_all(left, remains.living):
        log.say(f"{len(remains.living())} processes cannot be killed; see them with ps")
