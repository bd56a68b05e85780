"""Cleaning: final jobs are forgotten in slices of turns, on request or by the bound that the user set."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..base.clock import now, steady
from ..base.errors import UsageError
from ..link.lines import Message
from ..model import fields
from ..model.states import FINAL
from ..model.wanted import parse_states
from ..store import events, settings
from .crew import Peer
from .following import Followers
from .round import Round, Wish, swept
from .state import Also, Later, Server
from .views import selected

AUTO = "clean.auto"  # a setting: seconds after which final jobs are forgotten
_SLICE, _PAUSE = 0.01, 0.01  # seconds of a turn, and between two of them
_FIRST, _EVERY = 1.0, 3600.0  # seconds until the bound is looked at


class Cleaner:
    """Works through rounds, one after another, a slice a turn. `later` runs something in so many seconds."""

    def __init__(self, server: Server, followers: Followers, later: Later) -> None:
        self._server, self._followers, self._later = server, followers, later
        self._also: Also | None = None
        self._rounds: list[Round] = []
        self._stage: Iterator[None] | None = None
        self._next: Callable[[], Iterator[None] | None] = lambda: None
        self._kept_on_disk = True
        self._waited_for: set[int] = set()

    def begin(self, also: Also) -> None:
        """Go on with what an earlier server left, and look at the bound now and then. `also` does a step in a turn."""
        self._also = also
        self._start(Round(Wish(0.0, numbers=()), self._followed))
        self._later(_FIRST, self._look_at_bound)

    def clean(self, server: Server, peer: Peer, message: Message) -> Message | None:
        """Forget what is final and asked for, answered when it is done; or set or tell the bound (`auto`)."""
        if message.get("auto") is not None:
            return self._bound(str(message["auto"]))
        wish = _wish(server, message)
        one = Round(wish, self._followed, peer=peer, dry=bool(message.get("dry")))
        server.afterwards.append(lambda: self._start(one))
        return None

    def _bound(self, text: str) -> Message:
        db = self._server.db
        before = bound(self._server)
        if text == "off":
            settings.put(db, AUTO, None)
        elif text:
            settings.put(db, AUTO, str(fields.seconds(text, "auto")))
            self._server.afterwards.append(self._clean_to_bound)
        after = bound(self._server)
        if after != before:
            events.add(db, "cleaning set", "off" if after is None else f"{after:g} s", now=now())
        return {"auto": after, "before": before}

    def _look_at_bound(self) -> None:
        self._later(_EVERY, self._look_at_bound)
        self._clean_to_bound()

    def _clean_to_bound(self) -> None:
        seconds = None if self._server.stopping else bound(self._server)
        if seconds is not None:
            self._start(Round(Wish(now() - seconds, events=True), self._followed))

    def _followed(self) -> set[int]:
        return self._waited_for

    def _start(self, one: Round) -> None:
        self._rounds.append(one)
        if len(self._rounds) == 1:
            self._begin_round()

    def _begin_round(self) -> None:
        one, server = self._rounds[0], self._server
        old = one.wish.before if one.wish.events else None
        self._stage = one.pieces(server.db)
        self._next = lambda: None if one.dry else swept(server.db, server.queue, before=old)
        self._take_turn()

    def _take_turn(self) -> None:
        if self._also is not None and not self._server.stopping:
            self._also(self._slice)

    def _slice(self) -> None:
        """Some work within a turn. Whether it was kept is known once the turn is over."""
        if self._server.stopping:
            return  # the next server goes on
        self._kept_on_disk = False
        self._waited_for = self._followers.jobs
        self._server.afterwards.append(self._note_kept)
        self._later(_PAUSE, self._go_on)
        end = steady() + _SLICE
        for _ in self._stage or ():
            if steady() > end:
                return
        self._stage = None

    def _note_kept(self) -> None:
        self._kept_on_disk = True

    def _go_on(self) -> None:
        """The turn of a slice is over: the next one, the next stage, or the answer."""
        if self._server.stopping:
            return
        if not self._kept_on_disk:
            self._give_up()
            return
        if self._stage is None:
            self._stage, self._next = self._next(), lambda: None
        if self._stage is None:
            self._finish()
        else:
            self._take_turn()

    def _give_up(self) -> None:
        """The store kept nothing of a slice (server.log says why): what was kept before stays so."""
        rounds, self._rounds, self._stage = self._rounds, [], None
        sentence = "the cleaning stopped, since the store could not be written; see server.log, and clean again"
        for one in rounds:
            if one.peer is not None:
                one.peer.send({"error": sentence, "code": 4})

    def _finish(self) -> None:
        one, server = self._rounds.pop(0), self._server
        server.drop_envs(one.envs)
        if one.jobs and not one.dry:
            server.db.settle()
        if one.peer is not None:
            one.peer.send(
                {
                    "jobs": one.jobs,
                    "tasks": one.tasks,
                    "kept": one.kept,
                    "before": one.before,
                    "after": server.db.size(),
                }
            )
        if self._rounds:
            self._begin_round()


def bound(server: Server) -> float | None:
    """Seconds after which final jobs are forgotten by themselves; None: never."""
    text = settings.get(server.db, AUTO)
    return None if text is None else float(text)


def _wish(server: Server, message: Message) -> Wish:
    """What a request asks for. Raises UsageError or NotFound."""
    ids = [str(text) for text in message.get("ids") or []]
    numbers = None
    if ids and ids != ["all"]:
        spans = selected(server, {"ids": ids})
        parts = [span for span in spans if not span.whole]
        if parts:
            raise UsageError(f"clean forgets whole jobs; write {parts[0].job} in place of its tasks")
        numbers = tuple(dict.fromkeys(span.job for span in spans))
    older, states, name = message.get("older"), _states(message.get("states") or []), message.get("name")
    seconds = fields.seconds(older, "older") or 0.0
    plain = older is not None and numbers is None and name is None and states == FINAL
    return Wish(now() - seconds, states=states, name=name, numbers=numbers, events=plain)


def _states(words: list[str]) -> frozenset[str]:
    wanted = parse_states(words)
    if wanted.outcomes or wanted.states - FINAL:
        raise UsageError("clean forgets only what has ended; --state takes done, failed, cancelled or skipped")
    return wanted.states or FINAL
