"""What an earlier worker of this place left: read from the journal at the start, adopted or brought to an end."""

from __future__ import annotations

import os
import signal

from ..base.clock import now, pause, steady
from ..base.log import Log
from .journal import Ended, Entry, Journal, Key, read
from .processes import Process, is_born_between, look, marks, send
from .running import Census, Running
from .slots import Slots
from .stopping import kill_all

_GRACE = 1.0  # seconds between TERM and KILL for what lost both its keeper and its worker


def take_over(directory: str, slots: Slots, journal: Journal, log: Log, *, boot: str) -> None:
    """Bring what the journal knows into the slots, and end what runs though nobody watches it.

    What our keeper adopted goes on. What hangs elsewhere lost its keeper too: nobody can see how it ends, so it is
    stopped with its whole tree, and then reported as lost.
    """
    keeper = os.getppid()
    entries = read(directory)
    adopted = {key for key, entry in entries.items() if entry.end is None and _is_adopted(entry, boot, keeper)}
    entries = {**entries, **{key: entry for key, entry in read(directory).items() if entry.end is not None}}
    _end_marked(os.path.basename(directory), {key: entries[key] for key in adopted}, log)
    for key, entry in entries.items():
        if entry.end is not None:
            slots.tell(entry, entry.end, started=entry.started)
        elif key in adopted:
            assert entry.pid is not None
            slots.take(Running(entry, entry.pid, entry.started, own=False, leave=False))
        else:
            _lose(entry, slots, journal, boot)
    if not adopted:
        journal.rewrite(list(read(directory).values()))


def _is_adopted(entry: Entry, boot: str, keeper: int) -> bool:
    if entry.pid is None or entry.boot != boot:
        return False
    process = look(entry.pid)
    return process is not None and process.parent == keeper and is_born_between(process, entry.begun, entry.spawned)


def _lose(entry: Entry, slots: Slots, journal: Journal, boot: str) -> None:
    reason = "the machine was restarted" if entry.boot != boot else "its worker and keeper were killed"
    ended = Ended("lost", None, now(), reason=reason)
    journal.end(entry.key, ended)
    slots.tell(entry, ended, started=entry.started or ended.ended)


def _end_marked(worker: str, adopted: dict[Key, Entry], log: Log) -> None:
    """TERM, then KILL, whatever an earlier worker of this place started and nobody adopted."""

    def left() -> list[Process]:
        return [process for process in Census(worker, ()).marked() if not _is_kept(process, adopted)]

    strays = left()
    if not strays:
        return
    log.say(f"stopping {len(strays)} processes that lost their worker and their keeper")
    for process in strays:
        send(process, signal.SIGTERM)
        send(process, signal.SIGCONT)
    deadline = steady() + _GRACE
    while steady() < deadline and strays:
        pause(0.01)
        strays = left()
    if not kill_all(strays, left):
        log.say(f"{len(left())} processes cannot be killed; see them with ps")


def _is_kept(process: Process, adopted: dict[Key, Entry]) -> bool:
    written = marks(process.pid)
    if b"BURRO_ROLE" in written or b"BURRO_LEAVE" in written:
        return True
    return any(
        (written.get(b"BURRO_JOB_ID"), written.get(b"BURRO_TASK_ID"), written.get(b"BURRO_ATTEMPT"))
        == (b"%d" % key[0], b"%d" % key[1], b"%d" % entry.number)
        for key, entry in adopted.items()
    )
