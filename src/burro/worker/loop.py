"""The worker: one thread, one loop. Wait for something to happen, note what ended, start what fits, tell the server."""

from __future__ import annotations

import os
import select
import signal
from math import inf
from typing import Optional

from ..base.clock import steady
from ..base.log import Log
from ..base.paths import boot_id, host
from ..base.title import set_title
from ..link.lines import Message
from ..link.place import ROLE, Place, read_place, role_command
from . import machine
from .departure import Departure
from .entry import Key, read_end, read_key
from .gpus import find_gpus
from .groups import Groups, find_base
from .journal import ROTATE_AT, Journal, read
from .keeper import LEFT, TOLD_BY
from .orders import Orders
from .patience import Patience
from .processes import become_subreaper, child_signals
from .pulse import Pulse
from .reaper import Reaper
from .remains import take_over
from .room import Found
from .slots import Slots
from .snapshot import snapshot
from .uplink import Uplink
from .walltime import Walltime
from .warning import Warnings

VERSION = 1
_ROUNDS = 100  # ends and starts before the server is heard again


def run_worker(directory: str, *, lock: int, keeper: int) -> int:
    """Be the worker of `directory`, whose lock is held by descriptor `lock`, below process `keeper`; the exit code."""
    os.environ[ROLE] = "worker"
    os.set_inheritable(lock, False)
    os.set_inheritable(0, False)
    set_title("burro-worker")
    become_subreaper()
    worker = Worker(read_place(directory), lock, keeper)
    if os.getppid() != keeper:
        worker.become_keeper()  # it died before we were there: whoever is our parent now is not to be touched
    return worker.run()


class Worker:
    """Wires the parts and runs the loop."""

    def __init__(self, place: Place, lock: int, keeper: int) -> None:
        self._place, self._lock, self._keeper = place, lock, keeper
        self._log = Log(place.log, "worker")
        self._boot = boot_id()
        self._journal = Journal(place.directory, self._boot)
        self._uplink = Uplink(place, self._log, self._hello)
        self._found = Found(place.cpus or machine.cpus(), machine.memory(), find_gpus(os.environ))
        groups = Groups(find_base(), place.name, self._log)
        self._slots = Slots(self._journal, self._uplink.outbox, self._log, room=self._found.room(), groups=groups)
        self._reaper = Reaper(self._slots, self._journal, self._log, worker=place.name, keeper=keeper)
        self._reaper.ours = self._uplink.pids
        self._patience = Patience(place, self._boot) if place.listen or place.dial is not None else None
        self._pulse = Pulse(self._uplink, self._patience, self._log)
        crew = (self._slots, self._reaper, self._uplink)
        self._departure = Departure(*crew, walltime=Walltime(place.until), log=self._log)
        self._reaper.heed = self._departure.heed
        self._slots.has_time = self._departure.walltime.suffices
        self._warnings = Warnings(self._slots, self._reaper, self._departure.walltime, self._log)
        self._orders = Orders(
            place, *crew, found=self._found, departure=self._departure, patience=self._patience, pulse=self._pulse
        )
        self._keeper_text = b""
        self._asks = (-1, False)  # the socket that the poll is on, and whether it waits for room in it
        self._rotate_at = ROTATE_AT  # bytes of the journal
        self._wake = child_signals()

    def run(self) -> int:
        """The loop."""
        signal.signal(signal.SIGTERM, self._departure.on_term)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGUSR1, self._departure.on_warning)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, TOLD_BY)  # the keeper has blocked them until here
        take_over(self._place, self._slots, self._journal, self._log, boot=self._boot, keeper=self._keeper)
        self._reaper.stop_again()
        self._log.say(f"worker {self._place.name} is up with {self._found.text}")
        poll = select.poll()
        poll.register(0, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        if self._uplink.listener is not None:
            poll.register(self._uplink.listener.number, select.POLLIN)
        watched = -1
        while not self._departure.is_over:
            watched = self._watch(poll, watched)
            self._turn([number for number, _ in poll.poll(self._timeout())], watched)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # another one must not end us halfway: we would be replaced
        self._log.say("worker leaves")
        self._shorten_journal()
        self._uplink.close()
        return LEFT

    def _watch(self, poll: select.poll, watched: int) -> int:
        """Keep the poll on the socket there is."""
        end = self._uplink.watched
        number = end.fileno() if end is not None else -1
        before, self._asks = self._asks, (number, self._uplink.wants_write)
        if before == self._asks:
            return watched
        if watched not in (-1, number):
            try:
                poll.unregister(watched)
            except (KeyError, ValueError):
                pass  # it was closed, and its number is free or used again
        if number != -1:
            poll.register(number, select.POLLIN | (select.POLLOUT if self._uplink.wants_write else 0))
        return number

    def _timeout(self) -> Optional[int]:
        slots = self._slots
        uplink = self._uplink.wake_at(busy=bool(slots.queue), more=bool(slots.over))
        ends = min(self._departure.wake_at(), self._warnings.wake_at())
        due = min(uplink, slots.due, slots.wake_at(), self._pulse.wake_at(), ends)
        if self._patience is not None:
            due = min(due, self._patience.wake_at(busy=bool(slots.by_key or slots.queue)))
        return None if due == inf else max(0, int((due - steady()) * 1000) + 1)

    def _turn(self, ready: list[int], watched: int) -> None:
        if self._wake in ready:
            os.read(self._wake, 4096)
        self._departure.heed()
        if 0 in ready:
            self._hear_keeper()
        self._hear_server(ready, watched)
        for _ in range(_ROUNDS):
            if not self._reaper.reap():
                break
            self._slots.start_ready()  # at once, before the next end is looked at: no cpu is to be idle meanwhile
        self._warnings.tend()
        self._departure.tend()
        self._reaper.tend()
        self._slots.start_ready()
        waiting = bool(self._slots.queue)
        if self._uplink.is_due(busy=waiting, more=bool(self._slots.over)):
            self._slots.write_down()
        self._uplink.tend(busy=waiting, holding=waiting or bool(self._slots.by_key))
        self._pulse.tend()
        if self._patience is not None:
            self._be_patient(self._patience)
        if self._uplink.is_abandoned and not self._slots.by_key:
            self._departure.leave(kill=False, why="")
        if self._journal.size > self._rotate_at:
            self._shorten_journal()

    def _hear_server(self, ready: list[int], watched: int) -> None:
        if self._uplink.accept(ready) or watched not in ready:
            return
        self._uplink.flush()
        messages = self._uplink.receive()
        if messages and self._patience is not None and self._place.listen:
            self._patience.hear()
        for message in messages:
            self._orders.obey(message)

    def _be_patient(self, patience: Patience) -> None:
        """Go on without the server, as long as we may."""
        busy = bool(self._slots.by_key or self._slots.queue)
        patience.tend(linked=self._uplink.socket is not None, busy=busy)
        if busy and patience.is_over:
            self._slots.give_back_all()
            for run in list(self._slots.by_key.values()):
                self._reaper.stop(run, "lost", patience.reason())
        elif patience.is_idle_for_long and not self._departure.told:
            self._departure.leave(kill=False, why="")

    def _hello(self) -> Message:
        slots = self._slots
        return {
            "op": "hello",
            "version": VERSION,
            "worker": self._place.name,
            "pool": self._place.pool,
            "host": self._place.host or host(),
            "pid": os.getpid(),
            "boot": self._boot,
            "cpus": self._found.cpus,
            "mem": self._found.mem,
            "gpus": list(self._found.gpus.ids),
            "mem_by": "watch" if slots.groups.base is None else "cgroup",
            "gone": self._uplink.gone,
            "holds": [list(key) for key in self._held()],
            "starts": [run.start() for run in slots.by_key.values()],
            "ends": self._uplink.outbox.all_ends(),
            **self._uplink.outbox.stay,
            **({} if self._place.dial is None else {"said": snapshot(os.environ)}),
        }

    def _held(self) -> list[Key]:
        """Claims that are here: running, waiting, or with an end that is not told yet."""
        waiting = (claim.key for claim in self._slots.queue)
        return [*self._slots.by_key, *waiting, *self._uplink.outbox.late_ends()]

    def _hear_keeper(self) -> None:
        """Ends of adopted tasks; or the end of the keeper: then this process becomes one, its children stay its own."""
        chunk = os.read(0, 65536)
        if not chunk:
            self.become_keeper()
        lines = (self._keeper_text + chunk).split(b"\n")
        self._keeper_text = lines.pop()
        for line in lines:
            rest = line.decode("ascii").partition(" ")[2]
            run = self._slots.by_key.get(read_key(rest))
            if run is not None and run.ended is None:
                self._reaper.adopted_ended(run, read_end(rest))

    def become_keeper(self) -> None:
        """Replace this process by a keeper; its children, and the lock, stay its own."""
        self._log.say("the keeper is gone; taking its place")
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        os.set_inheritable(self._lock, True)
        command = [*role_command(self._place.directory, "keeper"), str(self._lock)]
        os.execve(command[0], command, {**os.environ, ROLE: "keeper"})

    def _shorten_journal(self) -> None:
        """Drop from the journal what was acknowledged; while tasks are adopted the keeper writes there too."""
        if any(not run.own for run in self._slots.by_key.values()):
            return
        self._slots.write_down()
        wanted = self._uplink.outbox.unacknowledged | set(self._slots.by_key)
        try:
            self._journal.rewrite(list(read(self._place.directory, only=wanted).values()))
        except OSError as error:
            self._log.say(f"the journal cannot be shortened ({error.strerror}); it grows on")
            self._rotate_at = 2 * self._journal.size
        else:
            self._rotate_at = max(ROTATE_AT, 2 * self._journal.size)
