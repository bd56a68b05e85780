"""One attempt that runs here, and whose processes are whose."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, Optional

from .entry import Ended, Entry, Key
from .groups import pids_of
from .processes import Process, below, is_born_between, marks, scan
from .room import Needs


class Running:
    """An attempt from its start until the last of its processes is dead.

    `begun` and `spawned`: seconds since boot between which its leader was born. `started`: seconds since 1970. `own`:
    the leader is our child; else the keeper's. `limit`: seconds; that of `needs` until somebody changes it.
    `gpus`: ids that are its own.
    """

    __slots__ = (
        *("key", "number", "begun", "needs", "limit", "gpus", "pid", "spawned", "started", "files", "own", "leave"),
        *("cause", "reason", "kill_at", "ended", "group", "peak", "home", "warn"),
    )

    def __init__(
        self,
        claim: tuple[Key, int],
        needs: Needs,
        birth: tuple[int, float, float, float],
        files: tuple[Optional[str], Optional[str]],
        *,
        own: bool,
        leave: bool,
    ) -> None:
        """`claim`: key and number; `birth`: pid, begun, spawned, started."""
        self.key, self.number = claim
        self.needs, self.limit = needs, needs.limit
        self.gpus: tuple[str, ...] = ()
        self.pid, self.begun, self.spawned, self.started = birth
        self.files, self.own, self.leave = files, own, leave
        self.cause: Optional[str] = None  # why we stop it: the outcome it will have
        self.reason: Optional[str] = None
        self.kill_at: Optional[float] = None  # steady time of the next, harder signal
        self.ended: Optional[Ended] = None  # its leader is dead
        self.group: Optional[str] = None  # the control group that is its own
        self.home: Optional[tuple[Optional[str], ...]] = None  # paths of output that goes home
        self.warn: Optional[tuple[float, int]] = None  # seconds before its end, and the signal it is to get then
        self.peak = 0  # bytes that all of it was seen to use together

    def start(self) -> list[Any]:
        """Its start, as a report has it."""
        return [*self.key, self.started, *self.files]


def adopted(entry: Entry, *, leave: bool) -> Running:
    """What the journal knows to run below the keeper."""
    assert entry.pid is not None
    birth = (entry.pid, entry.begun, entry.spawned, entry.started)
    needs = Needs(entry.cpus, entry.mem, entry.limit, len(entry.gpus))
    run = Running((entry.key, entry.number), needs, birth, entry.files, own=False, leave=leave)
    run.gpus, run.home, run.warn = entry.gpus, entry.home, entry.warn
    if entry.cause is not None:
        run.cause, run.reason = entry.cause
    return run


class Census:
    """Who belongs to whom, at one moment: a scan of /proc and what is derived from it.

    A process belongs to a task if it is its leader, in its session or group, below any of those, or an orphan (now our
    child, since we are a subreaper) whose environment names the task. What burro itself runs belongs to none.
    """

    def __init__(self, worker: str, reapers: Iterable[int]) -> None:
        self.table = scan()
        self._worker = os.fsencode(worker)
        self._reapers = frozenset(reapers)

    def members(self, run: Running, *, leaders: Iterable[int]) -> set[int]:
        """The living processes of a task; `leaders`: those of all tasks, since an orphan is none of them."""
        others = set(leaders) - {run.pid}
        leader = self.table.get(run.pid)
        reused = leader is not None and not is_born_between(leader, run.begun, run.spawned)
        grouped = pids_of(run.group) if run.group is not None else ()
        roots = {
            process.pid
            for process in self.table.values()
            if process.pid in grouped
            or (run.pid in (process.pid, process.session, process.group) and not reused)
            or (process.parent in self._reapers and process.pid not in others and self._names(process, run))
        }
        return {pid for pid in below(roots, self.table) if self.table[pid].state != b"Z"}

    def _names(self, process: Process, run: Running) -> bool:
        written = marks(process.pid)
        return (
            written.get(b"BURRO_WORKER") == self._worker
            and written.get(b"BURRO_JOB_ID") == b"%d" % run.key[0]
            and written.get(b"BURRO_TASK_ID") == b"%d" % run.key[1]
            and written.get(b"BURRO_ATTEMPT") == b"%d" % run.number
        )

    def orphans(self, leaders: Iterable[int]) -> list[Process]:
        """Living children of ours that are no leader of a task: left behind by some process of one."""
        known = set(leaders) | self._reapers
        return [
            process
            for process in self.table.values()
            if process.parent in self._reapers and process.pid not in known and process.state != b"Z"
        ]

    def marked(self) -> list[Process]:
        """Every process whose environment says that this worker started it, wherever it hangs now."""
        return [
            process
            for process in self.table.values()
            if process.state != b"Z" and marks(process.pid).get(b"BURRO_WORKER") == self._worker
        ]
