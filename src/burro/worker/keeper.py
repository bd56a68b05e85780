"""The keeper: the worker's small parent. It adopts and reaps what a dead worker leaves, and starts a new worker.

It writes every end it sees into the journal before it reaps the child, then tells the worker through a pipe. It blocks
in one system call and costs nothing while nothing ends; elsewhere it looks now and then whether the lease is over.
"""

from __future__ import annotations

import os
import select
import signal
from typing import Optional

from ..base.clock import now, pause, since_boot, steady
from ..base.failpoint import hit
from ..base.log import Log
from ..base.paths import boot_id
from ..base.title import set_title
from ..link.place import ROLE, Place, read_place, role_command, take_lock
from .entry import Ended, Entry, Key, end_line, micros
from .fence import Fence
from .journal import Journal, read
from .processes import Marks, Process, become_subreaper, child_signals, is_born_between, look, marks, scan

LEFT = 0  # exit code of a worker that was told to leave
QUICK = 1.0  # seconds: a worker that lived shorter is started again with a pause
LONGEST_PAUSE = 30.0
TOLD_BY = (signal.SIGTERM, signal.SIGUSR1)  # blocked for a worker until it can be told


def run_keeper(directory: str, lock: Optional[int] = None) -> int:
    """Keep a worker in `directory` until it leaves. `lock`: held already, by the worker this process was before."""
    os.umask(0o077)
    os.environ[ROLE] = "keeper"
    place = read_place(directory)
    log = Log(place.log, "keeper")
    held = lock if lock is not None else take_lock(directory)
    if held is None:
        return 0  # another one keeps it
    set_title("burro-keeper")
    become_subreaper()
    os.set_inheritable(held, False)
    return Keeper(place, held, log).run(heir=lock is not None)


class Keeper:
    """One worker's parent; `adopted`: the tasks of dead workers that are this process's children now."""

    def __init__(self, place: Place, lock: int, log: Log) -> None:
        self._place, self._lock, self._log = place, lock, log
        self._boot = boot_id()
        self._adopted: dict[int, Key] = {}
        self._journal: Optional[Journal] = None
        self._worker = 0
        self._pipe = -1
        self._began = 0.0
        self._since = 0.0  # seconds since boot: what the worker that died last started is no older
        self._pause = 0.0
        self._fence = Fence(place, self._boot, log)
        self._ended = child_signals()
        signal.signal(signal.SIGTERM, self._pass_on)
        signal.signal(signal.SIGUSR1, self._pass_on)
        signal.signal(signal.SIGINT, self._pass_on)  # of a terminal: `burro worker start`
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def run(self, *, heir: bool) -> int:
        """Start a worker and stay with it: our loop. `heir`: this was a worker, and its tasks are our children."""
        itself = look(os.getpid())
        if heir and itself is not None:
            self._since = itself.born
        self._adopt(heir=heir)
        self._start_worker()
        while True:
            child = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | os.WNOHANG)
            if child is None:
                self._await_child()
                continue
            gone = os.waitid(os.P_PID, self._worker, os.WEXITED | os.WNOWAIT | os.WNOHANG)
            if gone is not None:  # first: who its children were stands in the journal it left
                _, status, _ = os.wait4(self._worker, 0)
                if os.WIFEXITED(status) and os.WEXITSTATUS(status) == LEFT:
                    return 0
                self._replace_worker(status)
            else:
                self._reap(child.si_pid)

    def _await_child(self) -> None:
        """Until a child ends, or a worker is stuck that has to be looked after."""
        poll = select.poll()
        poll.register(self._ended, select.POLLIN)
        if poll.poll(self._fence.every):
            os.read(self._ended, 4096)
        elif self._journal is not None:
            self._fence.look(self._worker, self._journal)

    def _pass_on(self, number: int, _frame: object) -> None:
        if self._worker:
            os.kill(self._worker, signal.SIGTERM if number == signal.SIGINT else number)

    def _replace_worker(self, status: int) -> None:
        self._log.say(f"the worker {self._worker} ended with status {status}; starting another")
        os.close(self._pipe)
        self._adopt(heir=True)
        lived = steady() - self._began
        self._pause = min(LONGEST_PAUSE, max(0.1, self._pause * 2)) if lived < QUICK else 0.0
        if self._pause:
            pause(self._pause)
        self._start_worker()

    def _start_worker(self) -> None:
        """A worker whose standard input tells it of the ends of adopted tasks, and by its end that we are gone."""
        hit("keeper.before_worker")
        theirs, self._pipe = os.pipe()
        os.set_inheritable(self._lock, True)
        command = [*role_command(self._place.directory, "worker"), str(self._lock), str(os.getpid())]
        actions = [(os.POSIX_SPAWN_DUP2, theirs, 0)]
        env = {**os.environ, ROLE: "worker"}
        self._since = since_boot()
        self._worker = os.posix_spawn(
            command[0], command, env, file_actions=actions, setsigdef=[signal.SIGHUP], setsigmask=TOLD_BY
        )
        os.set_inheritable(self._lock, False)
        os.close(theirs)
        self._began = steady()

    def _adopt(self, *, heir: bool) -> None:
        """Find our children in the journal; the one that a worker was just starting when it died is found by its birth.

        Where keeper and worker died together, what they left has another parent now: the next worker deals with it.
        """
        if self._journal is not None:
            self._journal.close()
        self._journal = self._open_journal()
        known: dict[int, Key] = {}
        unborn: list[Entry] = []
        for entry in read(self._place.directory).values():
            if entry.end is not None or entry.boot != self._boot:
                continue
            if entry.pid is None:
                unborn += [entry] if entry.begun >= self._since else []  # an older one ran unseen, perhaps to its end
            elif _is_child(entry.pid) and is_born_between(look(entry.pid), entry.begun, entry.spawned):
                known[entry.pid] = entry.key
        for entry in unborn if heir else ():
            self._find_unborn(entry, known)
        self._adopted = known
        if known:
            self._log.say(f"adopted {len(known)} running tasks")

    def _open_journal(self) -> Journal:
        """The journal; on a full disk, once there is room again: dying here would leave the tasks without a parent."""
        while True:
            try:
                return Journal(self._place.directory, self._boot)
            except OSError as error:
                self._log.say(f"the journal cannot be written ({error.strerror}); trying again")
                pause(1.0)

    def _find_unborn(self, entry: Entry, known: dict[int, Key]) -> None:
        """The process of an attempt whose worker died between starting it and writing down its pid.

        It may still be between vfork and exec, looking like the worker, for as long as opening its files takes.
        """
        assert self._journal is not None
        moment = since_boot()
        deadline = steady() + 2.0
        child: Optional[Process] = None
        while steady() < deadline:
            child = _started_since(entry, known)
            if child is None or child.session == child.pid:
                break
            pause(0.005)
        key = f"{entry.key[0]} {entry.key[1]} {entry.key[2]}"
        if child is None:
            self._journal.put_off(f"u {key}")
        else:
            self._journal.put_off(f"p {key} {child.pid} {micros(moment)} {micros(now())}")
            known[child.pid] = entry.key
        try:
            self._journal.flush()
        except OSError as error:
            self._log.say(f"the journal cannot be written ({error.strerror}); it is with the next line")

    def _reap(self, pid: int) -> None:
        """Write down how an adopted task ended, then let it go; any other child was an orphan of one."""
        hit("keeper.after_wait")
        key = self._adopted.get(pid)
        if key is None:
            os.wait4(pid, 0)
            return
        found = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)
        assert found is not None
        assert self._journal is not None
        ended = ended_of(found.si_code, found.si_status)
        try:
            self._journal.write(end_line(key, ended))
        except OSError:
            pause(1.0)  # the disk is full: the child waits as a zombie, and nothing is lost
            return
        os.wait4(pid, 0)
        del self._adopted[pid]
        try:
            os.write(self._pipe, (end_line(key, ended) + "\n").encode("ascii"))
        except OSError:
            return  # the worker is gone: the next one reads it in the journal


def ended_of(code: int, status: int) -> Ended:
    """What waitid(2) says of a child, as an end."""
    if code == os.CLD_EXITED:
        return Ended("exited", status, now())
    return Ended("signalled", -status, now())


def _is_child(pid: int) -> bool:
    try:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)
    except ChildProcessError:
        return False
    return True


def _started_since(entry: Entry, known: dict[int, Key]) -> Optional[Process]:
    """A child of ours that nobody knows, as old as the attempt: the task, or still the image of the dead worker."""
    for process in scan().values():
        if process.parent != os.getpid() or process.pid in known or process.born < entry.begun - 0.02:
            continue
        written = marks(process.pid)  # of a zombie nothing can be read
        if not written and process.session != process.pid:
            continue
        if written.get(b"BURRO_ROLE") == b"worker" or is_of(written or None, entry.key):
            return process
    return None


def is_of(written: Optional[Marks], key: Key) -> bool:
    """Whether a process's environment names the task; None, unreadable, speaks against nothing."""
    if written is None:
        return True
    return (written.get(b"BURRO_JOB_ID"), written.get(b"BURRO_TASK_ID")) == (b"%d" % key[0], b"%d" % key[1])
