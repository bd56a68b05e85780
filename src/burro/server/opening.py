"""Opening and closing pools: `pool add|start|check|stop|drain|remove`, answered once it is really so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from ..base.clock import now, steady
from ..base.errors import Failed, UsageError
from ..base.failpoint import hit
from ..link.lines import Message
from ..model.pool import LOCAL
from ..store import events, workers
from . import doubt, dry, pooling, standing, unseen
from .awaited import ANSWER, Waiting
from .crew import Peer
from .pools import DRAINING, STOPPED
from .rooting import Rooting
from .state import Also, Later, Server, nobody
from .tethers import Tethers, give_up

_LEAVES = 15.0  # seconds for a worker to leave that was told to
_MODES = ("refuse", "drain", "now")
STOP, REMOVE = "stop", "remove"
_VETTED = {"scheduler", "options", "time"}  # entries that a scheduler may not have


class Opening:
    """The acts of `pool`. `also` does a step in a turn."""

    def __init__(self, server: Server, tethers: Tethers, later: Later) -> None:
        self._server, self._tethers, self._later = server, tethers, later
        self._rooting = Rooting(server, tethers, later)
        self._also: Also = nobody
        self._waiting: list[Waiting] = []
        self._leaving: dict[str, float] = {}  # pools whose worker was told to leave, and when that must be done
        self._acts: Mapping[str, Callable[[Peer, str, Message], Message | None]] = {
            "start": self._start,
            "check": self._check,
            "stop": partial(self._close, STOP),
            "drain": self._drain,
            "remove": partial(self._close, REMOVE),
            "dry-run": partial(dry.show, server),
            "try": server.probe_later,
        }

    def begin(self, also: Also) -> None:
        """From now on steps are taken in turns."""
        self._also = also
        self._rooting.begin(also)

    def act(self, server: Server, peer: Peer, message: Message) -> Message | None:
        """One act. Raises NotFound, UsageError or Failed."""
        act = str(message.get("act"))
        if act == "add":
            pooling.look(server)
            self._reach(peer, str(message.get("pool")), pooling.add(server, message))
            return None
        if act not in self._acts:
            answer = pooling.set_pool(server, peer, message)
            if not _VETTED & set(message.get("values") or ()) or not self._is_asked_for(answer["pool"]):
                return answer
            self._reach(peer, answer["pool"], answer)
            return None
        pooling.look(server)
        return self._acts[act](peer, server.pools.need(str(message.get("pool"))), message)

    def _reach(self, peer: Peer, pool: str, answer: Message) -> None:
        """Answer once the next attempt to reach a pool has ended; of one whose workers come, once it was asked for."""
        if self._is_asked_for(pool):
            self._server.afterwards.append(lambda: self._server.vet(peer, pool, answer))
            return
        self._waiting.append(Waiting(peer, pool, answer, self._server.reached(pool).tries))
        self._server.afterwards.append(lambda: self._nudge(pool))
        self._later(ANSWER, self.turn_ended)

    def _is_asked_for(self, pool: str) -> bool:
        return self._server.pools.comes(pool) or self._server.pools.is_direct(pool)

    def _nudge(self, pool: str) -> None:
        self._tethers.look()
        if pool in self._tethers.by_pool:
            self._tethers.by_pool[pool].start()
            self._rooting.look_at(pool)

    def _start(self, peer: Peer, pool: str, _message: Message) -> Message | None:
        if pool == LOCAL:
            raise UsageError(
                f"the pool {LOCAL} is there as long as the server; let it work with: burro pool resume {LOCAL}"
            )
        was = standing.state(self._server, pool)
        doubt.trust(self._server, pool)
        unseen.forgive(self._server, pool)
        self._leaving.pop(pool, None)
        self._server.pools.put(pool, {STOPPED: None, DRAINING: None})
        pooling.tell_workers(self._server)
        word = "started" if was in (standing.STOPPED, standing.DRAINING) else "is to be up already"
        if was in (standing.STOPPED, standing.DRAINING):
            events.add(self._server.db, "pool started", pool, now=now())
        self._server.wake()
        self._reach(peer, pool, {"pool": pool, "changed": {}, "text": f"{pool}: {word}"})
        return None

    def _check(self, peer: Peer, pool: str, _message: Message) -> Message | None:
        answer = {"pool": pool, "changed": {}, "text": pool}
        if pool == LOCAL or self._server.pools.is_stopped(pool):
            return {**answer, **self._told(pool, answer)}
        if self._server.pools.comes(pool):
            self._server.pools.settle()  # its scheduler is asked anew
            return {**answer, **self._told(pool, answer)}
        doubt.trust(self._server, pool)
        tether = self._tethers.by_pool.get(pool)
        begun = steady()

        def heard(message: Message) -> None:
            if "error" not in message:
                answer["text"] = f"{pool}: answers in {1000 * (steady() - begun):.0f} ms"
            self._waiting.append(Waiting(peer, pool, answer, self._server.reached(pool).tries))
            self.turn_ended()

        if self._server.crew.in_pool(pool) and tether is not None and tether.ask("ping", heard):
            self._rooting.look_at(pool)
            return None
        self._reach(peer, pool, answer)
        return None

    def _drain(self, peer: Peer, pool: str, message: Message) -> Message | None:
        return self._close(STOP, peer, pool, {**message, "mode": "drain"})

    def _close(self, end: str, peer: Peer, pool: str, message: Message) -> Message | None:
        """Stop or remove a pool. Raises Failed while tasks run there, unless `mode` says what becomes of them."""
        server, mode = self._server, str(message.get("mode") or "refuse")
        if mode not in _MODES:
            raise UsageError(f"mode is {', '.join(_MODES)}, not '{mode}'")
        self._check_closable(end, pool)
        held, running = workers.held_in(server.db, pool)
        if running and mode == "refuse":
            raise Failed(
                f"{standing.are_running(running)} at {pool}; "
                f"let it end: burro pool {end} {pool} --drain, or stop it: --now"
            )
        is_there = bool(server.crew.in_pool(pool))
        if held and mode == "now" and not is_there and end == STOP:
            why = server.reached(pool).error or "it is not connected"
            raise Failed(
                f"{pool} cannot be told ({why}) and goes on with what it has; "
                f"to give that up ({held} tasks): burro pool remove {pool} --now"
            )
        done = "removed" if end == REMOVE else "stopped"
        ended = f", {running} running stopped" if running and mode == "now" else ""
        self._waiting.append(Waiting(peer, pool, {"pool": pool, "changed": {}, "text": f"{pool}: {done}{ended}"}))
        server.pools.put(pool, {DRAINING: end, STOPPED: None})
        events.add(server.db, "pool closing", f"{pool}: {end}, {mode}", now=now())
        if mode == "now" and not is_there:
            give_up(server, pool, f"the pool {pool} was removed")
        elif mode == "now":
            server.afterwards.append(lambda: self._tell_to_leave(pool))
        pooling.tell_workers(server)
        return None

    def _check_closable(self, end: str, pool: str) -> None:
        server = self._server
        if pool == LOCAL:
            raise UsageError(
                f"the pool {LOCAL} is this machine; burro pool pause {LOCAL} lets it rest, burro down ends all"
            )
        path = server.pools.declared_in(pool)
        if end == REMOVE and path is not None:
            raise UsageError(
                f"{pool} is declared in {path}; take its table out there, or stop it: burro pool stop {pool}"
            )

    def _tell_to_leave(self, pool: str) -> None:
        self._leaving[pool] = steady() + _LEAVES
        self._later(_LEAVES, self.turn_ended)
        for end in self._server.crew.in_pool(pool):
            end.peer.send({"op": "leave", "kill": True})

    def turn_ended(self) -> None:
        """See what is done now, and answer those who waited for it."""
        server = self._server
        self._rooting.turn_ended()
        for pool in server.pools.names:
            if server.pools.draining(pool) and not server.stopping:
                self._see_to(pool)
        for one in [one for one in self._waiting if self._is_over(one)]:
            self._waiting.remove(one)
            one.peer.send({**one.answer, **self._told(one.pool, one.answer)})

    def _see_to(self, pool: str) -> None:
        """Where a pool that is to be closed holds nothing more its worker leaves; then it is closed."""
        server = self._server
        held, _ = workers.held_in(server.db, pool)
        late = pool in self._leaving and steady() >= self._leaving[pool]
        if not server.crew.in_pool(pool):
            if not held or late:
                self._also(lambda: self._closed(pool))
        elif late and pool in self._tethers.by_pool:
            self._tethers.by_pool[pool].stop("its worker did not leave")
        elif late:
            for end in server.crew.in_pool(pool):
                end.peer.close()
        elif not held and pool not in self._leaving:
            self._tell_to_leave(pool)

    def _closed(self, pool: str) -> None:
        """It is: within a turn."""
        server, end = self._server, self._server.pools.draining(pool)
        if end is None or server.crew.in_pool(pool):
            return
        late = self._leaving.pop(pool, None)
        held, _ = workers.held_in(server.db, pool)
        if held and (end != REMOVE or late is None):
            return
        give_up(server, pool, f"the pool {pool} was closed")
        hit("pool.before_closed")
        if end == REMOVE:
            server.pools.drop(pool)
        else:
            server.pools.put(pool, {STOPPED: True, DRAINING: None})
        events.add(server.db, "pool closed", f"{pool}: {end}", now=now())

    def _is_over(self, one: Waiting) -> bool:
        pools = self._server.pools
        if one.pool not in pools.names or (steady() >= one.until and one.tries is not None):
            return True
        if one.tries is None:
            return pools.draining(one.pool) is None
        reached = self._server.reached(one.pool)
        is_up = self._server.crew.in_pool(one.pool) and not self._rooting.is_asked(one.pool)
        return bool(is_up) or reached.tries > one.tries

    def _told(self, pool: str, answer: Message) -> Message:
        """How it stands, as the answer says it."""
        server = self._server
        state = standing.state(server, pool) if pool in server.pools.names else "removed"
        trouble = server.reached(pool).error if state in (standing.DOWN, standing.CONNECTING) else None
        text = answer["text"]
        if state not in text:
            text += (": " if text == pool else "; ") + state
        if trouble:
            text += f": {trouble}"
        elif state in (standing.UP, standing.PAUSED):
            text += f": {standing.has(server, pool)}"
        return {"text": text, "state": state, "trouble": trouble}
