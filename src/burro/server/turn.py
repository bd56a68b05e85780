"""A turn: all messages that have come are one transaction, and what is said goes out after its commit."""

from __future__ import annotations

import traceback
from collections.abc import Callable

from ..base.failpoint import hit
from ..link.lines import Message
from ..store.db import StoreTrouble
from .consequences import Sweep, follow
from .crew import Peer
from .following import Followers
from .gate import Gate
from .placing import hand_out
from .serving import Serving
from .state import Later, Server


class Turn:
    """Collects messages and takes them together. `soon` runs something when the loop is free again."""

    def __init__(
        self,
        server: Server,
        gate: Gate,
        followers: Followers,
        serving: Serving,
        *,
        soon: Callable[..., object],
        later: Later,
    ) -> None:
        self._server, self._gate, self._followers, self._serving = server, gate, followers, serving
        self._sweep = Sweep(server, later, self.also)
        self._soon = soon
        self._arrived: list[tuple[Peer, Message]] = []
        self._steps: list[Callable[[], None]] = []
        self._due = False
        self.watchers: list[Callable[[], None]] = []  # told after each turn, once it is on disk

    def arrive(self, peer: Peer, message: Message) -> None:
        """A message came; it is taken in the next turn, in the order of arrival."""
        self._arrived.append((peer, message))
        self._wake()

    def also(self, step: Callable[[], None]) -> None:
        """Do `step` within the next turn's transaction."""
        self._steps.append(step)
        self._wake()

    def _wake(self) -> None:
        if not self._due:
            self._due = True
            self._soon(self.run)

    def run(self) -> None:
        """One turn."""
        server = self._server
        self._due = False
        arrived, self._arrived = [*self._arrived, *server.put_off], []
        server.put_off = []
        steps, self._steps = self._steps, []
        try:
            with server.db.write():
                for step in steps:
                    step()
                for peer, message in arrived:
                    answer = self._gate.take(server, peer, message)
                    if answer is not None:
                        server.say(peer, answer)
                follow(server)
                hand_out(server)
                server.write_moves()
                hit("turn.before_commit")
        except StoreTrouble as trouble:
            self._undo(arrived, trouble)
            return
        except Exception:  # noqa: BLE001  # a defect: the store kept nothing of the turn, and nobody is left without an answer
            server.log.say(f"defect in a turn: {traceback.format_exc()}")
            self._undo(arrived, StoreTrouble(f"burro has a defect; its traceback is in {server.queue}/server.log"))
            return
        hit("turn.after_commit")
        self._speak()

    def _speak(self) -> None:
        """The turn is on disk: say what is to be said, do what was put off."""
        server = self._server
        outgoing, server.outgoing = server.outgoing, []
        for count, (peer, message) in enumerate(outgoing):
            peer.send(message)
            if count == len(outgoing) // 2:
                hit("turn.half_answered")
        changed, server.changed = server.changed, set()
        final, server.final = server.final, []
        afterwards, server.afterwards = server.afterwards, []
        for later in afterwards:
            later()
        self._sweep.turn_ended()
        self._followers.turn_ended(changed, final)
        for watcher in self.watchers:
            watcher()
        self._serving.turn_ended()
        if server.again:
            server.again = False
            self._wake()

    def _undo(self, arrived: list[tuple[Peer, Message]], trouble: StoreTrouble) -> None:
        """Nothing of the turn was kept: say so, and let the workers come again with what they know."""
        server = self._server
        server.log.say(f"a turn was not kept: {trouble}")
        server.outgoing, server.afterwards, server.final, server.over, server.changed = [], [], [], [], set()
        server.dates_changed, server.again = True, False
        server.moves.clear()
        self._sweep.undone()
        for peer, message in arrived:
            if message.get("op") not in ("hello", "report"):
                peer.send({"error": str(trouble), "code": trouble.code})
        server.crew.clear()
        server.pools.settle()
