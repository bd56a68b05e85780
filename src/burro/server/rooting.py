"""Whether the root of a pool is there: without it each of its tasks would fail at once, so it gets none."""

from __future__ import annotations

from functools import partial

from ..base.clock import now
from ..link.lines import Message
from ..store import events
from . import ahead, pooling
from .grounds import ground_of
from .state import Also, Later, Server, nobody
from .tethers import Tethers

_AGAIN = 5.0  # seconds between looks at what is not there


class Rooting:
    """Asks the link of a pool for its root: when that is new, when somebody asks, and again where it was missing."""

    def __init__(self, server: Server, tethers: Tethers, later: Later) -> None:
        self._server, self._tethers, self._later = server, tethers, later
        self._also: Also = nobody
        self._asked: set[str] = set()  # whose answer is still to come
        self._due: set[str] = set()  # that are looked at again soon
        self._seen: dict[str, object] = {}  # which root was looked at
        self._version = -1
        server.linked.append(self.linked)

    def begin(self, also: Also) -> None:
        """From now on steps are taken in turns."""
        self._also = also

    def is_asked(self, pool: str) -> bool:
        """Whether it will be known in a moment."""
        return pool in self._asked

    def linked(self, pool: str) -> None:
        """Messages flow. A root that nobody has seen yet is waited for. Within a turn."""
        if pool not in self._seen:
            self._server.pools.shut.setdefault(pool, "")
        self.look_at(pool)

    def turn_ended(self) -> None:
        """See whether a root is another one now."""
        pools = self._server.pools
        if pools.version == self._version:
            return
        self._version = pools.version
        for pool in [pool for pool in pools.shut if pool not in pools.names]:
            del pools.shut[pool]
        for pool in pools.remote:
            if pool in self._seen and self._seen[pool] != self._files(pool):
                self._also(partial(self._moved, pool))

    def _files(self, pool: str) -> tuple[object, ...]:
        return tuple(self._server.pools.value(pool, name) for name in ("root", "project"))

    def _moved(self, pool: str) -> None:
        """The next jobs lie elsewhere there. Within a turn."""
        self._seen.pop(pool, None)
        for end in self._server.crew.in_pool(pool):
            end.ground = ground_of(self._server, pool)
            end.changed_jobs |= end.heard_jobs
        self.look_at(pool)

    def look_at(self, pool: str) -> None:
        """Ask; the answer is taken in a turn of its own."""
        tether = self._tethers.by_pool.get(pool)
        if tether is None or pool in self._asked:
            return
        self._seen[pool] = self._files(pool)
        if ground_of(self._server, pool) is None:  # paths are the same as here
            self._also(partial(self._note, pool, None))
            return
        root = str(self._server.pools.value(pool, "root") or "~")

        def heard(answer: Message) -> None:
            if "op" in answer:
                self._also(partial(self._note, pool, _trouble(pool, root, answer)))
            else:
                self._asked.discard(pool)  # the connection ended

        if tether.ask("expand", heard, path=root):
            self._asked.add(pool)

    def _note(self, pool: str, trouble: str | None) -> None:
        """It is there, or not. Within a turn."""
        server = self._server
        self._asked.discard(pool)
        before = server.pools.shut.pop(pool, None)
        reached = server.reached(pool)
        if trouble is None:
            if before:
                reached.error = None
        else:
            server.pools.shut[pool] = trouble
            self._look_again(pool)
            for end in server.crew.in_pool(pool):
                ahead.take_back(server, end)
            if before != trouble:
                reached.error, reached.since = trouble, now()
                events.add(server.db, "pool away", f"{pool}: {trouble}", now=now())
        pooling.tell_workers(server)

    def _look_again(self, pool: str) -> None:
        if pool not in self._due:
            self._due.add(pool)
            self._later(_AGAIN, partial(self._again, pool))

    def _again(self, pool: str) -> None:
        self._due.discard(pool)
        if self._server.pools.shut.get(pool):
            self.look_at(pool)


def _trouble(pool: str, root: str, answer: Message) -> str | None:
    if "error" in answer:
        return f"root {root} there cannot be looked at: {answer['error']}"
    if answer.get("dir"):
        return None
    return f"root {root} is not there; bring it with: burro pool sync {pool}, or burro pool deploy {pool}"
