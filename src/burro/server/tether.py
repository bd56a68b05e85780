"""The connection of one pool that is reached by ssh: kept, watched, and made again."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable, Mapping
from typing import Protocol

from ..base.clock import now, steady
from ..base.errors import BurroError
from ..base.failpoint import hit
from ..link.lines import BadLine, LineReader, Message, encode
from ..pools.pipe import Pipe
from ..pools.ssh import WITHIN, Greeting, silent
from ..pools.troubles import in_words
from .standing import CONNECTING, DOWN
from .state import Later, Server

_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0, 15.0, 30.0, 60.0)
_LINKED_WITHIN = 120.0  # seconds from the mark to the link's answer: the worker's file may have a slow way to go
SILENCE = 30.0  # seconds without a word after which a connection is given up; BURRO_LINK_TIMEOUT says otherwise
_ANSWERS = ("fetched", "stated", "expanded", "made", "pong")

Way = tuple[list[str], Mapping[str, str]]  # a command line and its environment
Answer = Callable[[Message], None]


class Ground(Protocol):
    """What tethers are fixed to: it knows the way to a pool and what is said there, and hears what becomes of it."""

    def way(self, pool: str) -> Way:
        """What reaches it. Raises BurroError."""

    def greet(self, pool: str) -> Greeting:
        """What is said there first."""

    def linked(self, pool: str, peer: FarEnd, answer: Message) -> None:
        """The link answers: messages flow."""

    def heard(self, pool: str, peer: FarEnd, message: Message) -> None:
        """A message came."""

    def ended(self, pool: str, peer: FarEnd | None, why: str) -> None:
        """A connection ended, or could not be made."""


class FarEnd:
    """The far end of one connection, as a peer."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    def send(self, message: Message) -> None:
        """Send a message, some time soon."""
        self._pipe.write(encode(message))

    def close(self) -> None:
        """Give the connection up: a new one is made."""
        self._pipe.kill()


class Tether:
    """Keeps one pool connected from `start` to `stop`."""

    def __init__(self, server: Server, pool: str, later: Later, *, ground: Ground) -> None:
        self._server, self._pool, self._later, self._ground = server, pool, later, ground
        self._wanted = False
        self._round = 0  # of what was put off: an older one is of no more use
        self._pauses = 0
        self._pipe: Pipe | None = None
        self._greeting: Greeting | None = None
        self._reader = LineReader()
        self._trouble: str | None = None  # why we gave it up ourselves
        self._heard_at = 0.0
        self.last_word = steady()  # of its worker, or the beginning
        self._asked: dict[int, Answer] = {}
        self._number = 0
        self._beginning: asyncio.Task[None] | None = None
        self.peer: FarEnd | None = None
        self.timeout = float(os.environ.get("BURRO_LINK_TIMEOUT") or SILENCE)

    def start(self) -> None:
        """Connect, now, unless it is; from now on it is kept."""
        self._wanted = True
        if self._pipe is None and self._beginning is None:
            self._pauses = 0
            self._connect()

    def stop(self, why: str | None = None) -> None:
        """Give the connection up, and make no other."""
        self._wanted = False
        self.drop(why)

    def drop(self, why: str | None = None) -> None:
        """Give the connection up."""
        self._trouble = self._trouble or why
        if self._pipe is not None:
            self._pipe.kill()

    @property
    def is_idle(self) -> bool:
        """Whether no process of it is left."""
        return self._pipe is None and self._beginning is None

    def ask(self, op: str, answer: Answer, **question: object) -> bool:
        """Ask the link something; `answer` hears it, or an error if the connection ends. False: there is no link."""
        if self.peer is None:
            return False
        self._number += 1
        self._asked[self._number] = answer
        self.peer.send({"op": op, "n": self._number, **question})
        return True

    def _connect(self) -> None:
        self._round += 1
        reached = self._server.reached(self._pool)
        reached.state = CONNECTING
        self._trouble = None
        self._beginning = asyncio.get_running_loop().create_task(self._begin(self._round))

    async def _begin(self, this: int) -> None:
        pipe = Pipe(heard=lambda chunk: self._take(pipe, chunk), ended=lambda code, said: self._ended(pipe, code, said))
        try:
            argv, env = self._ground.way(self._pool)
            self._greeting, self._reader = self._ground.greet(self._pool), LineReader()
            await pipe.start(argv, env)
        except (BurroError, OSError) as error:
            self._beginning = None
            self._over(str(error))
            return
        self._pipe, self._beginning = pipe, None
        if not self._wanted:
            pipe.kill()
        self._heard_at = steady()
        self._later(self._mark_within, lambda: self._check_mark(this))

    def _check_mark(self, this: int) -> None:
        if self._is_over(this) or self._greeting is None or self._pipe is None:
            return
        if not self._greeting.is_marked:
            self.drop(silent(self._host, stderr=self._pipe.said, within=self._mark_within))
        elif self._greeting.linked is None:
            self._later(_LINKED_WITHIN, lambda: self._check_linked(this))

    def _check_linked(self, this: int) -> None:
        if not self._is_over(this) and self._greeting is not None and self._greeting.linked is None:
            self.drop(f"the worker at {self._host} did not answer within {_LINKED_WITHIN:g} s")

    def _is_over(self, this: int) -> bool:
        return this != self._round or self._pipe is None

    def _take(self, pipe: Pipe, chunk: bytes) -> None:
        """Bytes came: the greeting first, messages then."""
        self._heard_at = steady()
        greeting = self._greeting
        if pipe is not self._pipe or greeting is None:
            return
        try:
            if greeting.linked is None:
                pipe.write(greeting.feed(chunk))
                chunk = greeting.rest
                if not self._is_linked(pipe, greeting.linked):
                    return
            for message in self._reader.feed(chunk):
                self._hear(message)
        except (BurroError, BadLine) as error:
            self.drop(str(error))

    def _is_linked(self, pipe: Pipe, answer: Message | None) -> bool:
        if answer is None:
            return False
        self.peer = FarEnd(pipe)
        hit("tether.linked")
        self._ground.linked(self._pool, self.peer, {**answer, "python": self._greeting and self._greeting.python})
        this = self._round
        self._later(self.timeout / 3, lambda: self._ping(this))
        return True

    def _hear(self, message: Message) -> None:
        if message.get("op") in _ANSWERS:
            answer = self._asked.pop(int(message.get("n") or 0), None)
            if answer is not None:
                answer(message)
        elif self.peer is not None:
            if message.get("op") == "hello":
                self._pauses = 0
                if not self._server.pools.shut.get(self._pool):
                    self._server.reached(self._pool).error = None
            self.last_word = steady()
            self._ground.heard(self._pool, self.peer, message)

    def _ping(self, this: int) -> None:
        if self._is_over(this) or self.peer is None:
            return
        quiet = steady() - self._heard_at
        if quiet >= self.timeout:
            self.drop(f"{self._host} has said nothing for {quiet:.0f} s")
            return
        self.peer.send({"op": "ping", "n": 0})
        self._later(self.timeout / 3, lambda: self._ping(this))

    def _ended(self, pipe: Pipe, code: int, said: str) -> None:
        if pipe is not self._pipe:
            return
        linked = self.peer is not None
        self._pipe, self._greeting = None, None
        why = self._trouble or in_words(said, code, host=self._host, pool=self._pool, linked=linked)
        peer, self.peer = self.peer, None
        asked, self._asked = self._asked, {}
        for answer in asked.values():
            answer({"error": why})
        self._over(why, peer)

    def _over(self, why: str, peer: FarEnd | None = None) -> None:
        """An attempt or a connection has ended: note why, and try again."""
        reached = self._server.reached(self._pool)
        reached.tries += 1
        reached.state = DOWN
        if self._wanted and not self._server.stopping:
            reached.error, reached.since = why, now()
            pause = _PAUSES[min(self._pauses, len(_PAUSES) - 1)] * random.uniform(0.8, 1.2)  # noqa: S311  # not a secret
            self._pauses += 1
            this = self._round
            self._later(pause, lambda: self._again(this))
        self._ground.ended(self._pool, peer, why)

    def _again(self, this: int) -> None:
        if this == self._round and self._wanted and self.is_idle and not self._server.stopping:
            self._connect()

    @property
    def _mark_within(self) -> float:
        return min(WITHIN, self.timeout)

    @property
    def _host(self) -> str:
        return str(self._server.pools.value(self._pool, "ssh") or self._pool)
