"""One attempt that runs here, and whose processes are whose."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, Optional

from .journal import Ended, Entry
from .processes import Process, below, is_born_between, marks, scan


class Running:
    """An attempt from its start until the last of its processes is dead. `ended`: its leader is, with this outcome."""

    cause: Optional[str] = None  # why we stop it: the outcome it will have
    reason: Optional[str] = None
    kill_at: Optional[float] = None  # steady time of the next, harder signal
    ended: Optional[Ended] = None

    def __init__(self, entry: Entry, pid: int, started: float, *, own: bool, leave: bool) -> None:
        self.entry = entry
        self.key = entry.key  # the claim it belongs to
        self.pid = pid
        self.started = started
        self.cpus, self.mem = entry.cpus, entry.mem
        self.files = entry.files
        self.own = own  # our child; else the keeper's
        self.leave = leave

    def start(self) -> list[Any]:
        """Its start, as a report has it."""
        return [*self.entry.key, self.started, *self.files]


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
        reused = leader is not None and not is_born_between(leader, run.entry.begun, run.entry.spawned)
        roots = {
            process.pid
            for process in self.table.values()
            if (run.pid in (process.pid, process.session, process.group) and not reused)
            or (process.parent in self._reapers and process.pid not in others and self._names(process, run))
        }
        return {pid for pid in below(roots, self.table) if self.table[pid].state != b"Z"}

    def _names(self, process: Process, run: Running) -> bool:
        written = marks(process.pid)
        return (
            written.get(b"BURRO_WORKER") == self._worker
            and written.get(b"BURRO_JOB_ID") == b"%d" % run.key[0]
            and written.get(b"BURRO_TASK_ID") == b"%d" % run.key[1]
            and written.get(b"BURRO_ATTEMPT") == b"%d" % run.entry.number
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
