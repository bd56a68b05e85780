"""Being up and going down: `ping`, `up`, `down`, and leaving when idle."""

from __future__ import annotations

import os
from collections.abc import Callable

from .. import __version__
from ..base.clock import now, steady
from ..base.errors import Failed, UsageError
from ..link.lines import Message
from ..model.pool import LOCAL
from ..store import events, inboxes, settings
from . import pooling
from .crew import Peer, WorkerEnd
from .pools import PAUSED
from .state import DOWN, KEPT, Later, Server
from .views import worker_views

_ANSWER = 20.0  # seconds that a worker may take to appear
_LAST_WORDS = 15.0  # seconds that workers get to leave, once what they run has ended


class Serving:
    """When the server stays and when it goes. `leave` ends the process's loop; `lives`: whether a local worker does."""

    def __init__(
        self, server: Server, later: Later, *, leave: Callable[[], None], lives: Callable[[], bool], idle: float
    ) -> None:
        self._server, self._later, self._leave, self._lives, self._idle = server, later, leave, lives, idle
        self._waiting_up: list[tuple[Peer, int, float]] = []
        self._going: list[tuple[Peer, int]] = []
        self._idle_since: float | None = None
        self._told, self._gone, self._latest = False, False, 0.0

    def ping(self, server: Server, _peer: Peer, message: Message) -> Message:
        """That we are here; with `counts` also how much is left to do."""
        kept = settings.get(server.db, KEPT) is not None
        return {
            **(_unfinished(server) if message.get("counts") else {}),
            "pid": os.getpid(),
            "version": __version__,
            "queue": server.queue,
            "kept": kept,
            "down": server.down,
            "workers": len(server.crew),
        }

    def up(self, server: Server, peer: Peer, message: Message) -> Message | None:
        """Stay from now on, with so many cpus; the answer waits for the worker."""
        if server.allocation is not None:
            return _up_in_allocation(server, message)
        before = server.local_cpus()
        if message.get("cpus") is not None:
            pooling.change(server, LOCAL, {"cpus": int(message["cpus"]), PAUSED: None})
        settings.put(server.db, KEPT, "yes")
        settings.put(server.db, DOWN, None)
        server.down = server.draining = False
        self._call_off(server)
        if server.crew.in_pool(LOCAL):
            return self._is_up(before)
        self._waiting_up.append((peer, before, steady() + _ANSWER))
        self._later(_ANSWER, self._give_up_waiting)
        return None

    def _call_off(self, server: Server) -> None:
        """Nobody is to go any more who was only waiting for what runs to end."""
        if self._told:
            return
        going, self._going = self._going, []
        for waiting, _ in going:
            server.say(waiting, {"error": "somebody said up meanwhile, and the queue goes on", "code": 1})

    def _is_up(self, before: int) -> Message:
        [end, *_] = self._server.crew.in_pool(LOCAL)
        return {"pid": os.getpid(), "cpus": end.cpus, "before": before, "workers": worker_views(self._server)}

    def _give_up_waiting(self) -> None:
        moment = steady()
        for peer, _, _ in [one for one in self._waiting_up if one[2] <= moment]:
            peer.send(
                {"error": "the server runs but its worker does not answer; see worker.log and: burro doctor", "code": 4}
            )
        self._waiting_up = [one for one in self._waiting_up if one[2] > moment]

    def down_(self, server: Server, peer: Peer, message: Message) -> Message | None:
        """Stop; answers when all is stopped. Raises Failed while tasks run, unless `mode` says what becomes of them."""
        mode = str(message.get("mode", "refuse"))
        running = self._running()
        if running and mode == "refuse":
            are = "task is" if running == 1 else "tasks are"
            raise Failed(f"{running} {are} running; let them end (burro down --drain), or stop them (burro down --now)")
        settings.put(server.db, KEPT, None)
        settings.put(server.db, DOWN, "yes")
        server.draining = True
        self._going.append((peer, running))
        events.add(server.db, "going down", mode, now=now())
        if mode != "drain":
            server.afterwards.append(lambda: self.stop(kill=True))
        return None

    def _running(self) -> int:
        return sum(len(end.held) for end in self._server.crew)

    def stop(self, *, kill: bool, here: bool = False) -> None:
        """Send the workers away, then go; what runs is stopped and given back first where `kill` is set.

        `here`: only those of this machine; the others go on, and come to the next server.
        """
        server = self._server
        server.spares = here and (server.spares or not server.stopping)
        server.stopping = server.draining = True
        for end in self._leaving():
            end.peer.send({"op": "leave", "kill": kill})
        self._told = True
        self._latest = steady() + _LAST_WORDS
        self.turn_ended()
        self._later(_LAST_WORDS, self._go_anyway)

    def _leaving(self) -> list[WorkerEnd]:
        """The workers that are to go before we do."""
        return [end for end in self._server.crew if not (self._server.spares and end.pool != LOCAL)]

    def _go_anyway(self) -> None:
        """A worker that does not leave keeps what it has; it will be found again."""
        if not any(end.held for end in self._leaving()):
            self._go()
        else:
            self._later(_LAST_WORDS, self._go_anyway)

    def turn_ended(self) -> None:
        """Look whether somebody waits for what this turn brought, or whether it is time to go."""
        server = self._server
        if self._waiting_up and server.crew.in_pool(LOCAL):
            for peer, before, _ in self._waiting_up:
                peer.send(self._is_up(before))
            self._waiting_up = []
        if self._going and not self._told and self._running() == 0:
            self.stop(kill=False)
        elif self._told and not self._leaving():
            self._go_when_alone()
        else:
            self._look_idle()

    def _go_when_alone(self) -> None:
        """A worker that is still starting is waited for and sent away: it would find nobody and start a server."""
        if self._leaving():
            return
        if self._lives() and steady() < self._latest:
            self._later(0.02, self._go_when_alone)
        else:
            self._go()

    def _go(self) -> None:
        if self._gone:
            return
        self._gone = True
        for peer, ended in self._going:
            peer.send({"ended": ended})
        self._leave()

    def _look_idle(self) -> None:
        """Without work and without company the server leaves, unless `up` keeps it."""
        if self._is_busy():
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = steady()
            self._later(self._idle, self._leave_if_idle)

    def _is_busy(self) -> bool:
        server = self._server
        if server.clients or any(end.held for end in server.crew) or settings.get(server.db, KEPT) is not None:
            return True
        _held, waiting, ready, claimed, running = (count or 0 for count in server.db.run("count_unfinished")[0])
        if waiting or claimed or running or (ready and not server.down):
            return True
        return bool(inboxes.listed(server.db))  # also where their watchers cannot watch just now

    def _leave_if_idle(self) -> None:
        if self._idle_since is None or self._told:
            return
        if steady() - self._idle_since + 0.01 >= self._idle:
            self._server.log.say("idle; leaving")
            self.stop(kill=False)


def _up_in_allocation(server: Server, message: Message) -> Message:
    """It stays until its end, and so does the next one. Raises UsageError."""
    if message.get("cpus") is not None:
        raise UsageError("the server is in an allocation and runs no tasks there; give cpus to a pool")
    settings.put(server.db, DOWN, None)
    server.down = server.draining = False
    return {"pid": os.getpid(), "cpus": 0, "before": 0, "workers": worker_views(server)}


def _unfinished(server: Server) -> Message:
    """How many tasks wait for something or run, by state."""
    states = ("held", "waiting", "ready", "claimed", "running")
    return {"tasks": dict(zip(states, (count or 0 for count in server.db.run("count_unfinished")[0]), strict=True))}
