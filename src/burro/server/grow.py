"""Keeps allocations for the pools of a scheduler: asks while work waits, follows what was asked for, takes back."""

from __future__ import annotations

import asyncio
import os
import traceback
from collections.abc import Callable
from typing import TypeVar

from ..base.clock import now, steady
from ..base.errors import UsageError
from ..base.failpoint import hit
from ..base.paths import make_private_dir
from ..model.growth import to_ask
from ..model.pool import grows
from ..pools.client import Client
from ..pools.following import look
from ..pools.scheduler import Declined, NoWord
from ..store import allocations, events, settings
from ..store.jobs import Columns
from . import left_out
from .asking import Nodes, is_open, new_mark, request
from .clients import Clients
from .demand import demand
from .emptied import give_back
from .idling import Idling
from .probing import Probing
from .refused import Refused
from .sights import Looks, give_up_dead, take
from .state import DOWN, Also, Later, Server
from .surplus import Surplus, terms_of
from .vetting import Vetting

EVERY = 15.0  # seconds between questions to the scheduler; BURRO_SCHEDULER_EVERY says otherwise
_LEAST = 0.5  # seconds between two ticks
_TURN = 20.0  # seconds for a step to be on disk
_AFTER_DEFECT = 60.0  # seconds
_KEPT = 30 * 86400.0  # seconds that ended allocations are remembered

Told = TypeVar("Told")


class Grow:
    """Looks by itself, and when `wake` says that something has changed. `also` does a step in a turn."""

    def __init__(self, server: Server, later: Later, *, also: Also) -> None:
        self._server, self._later, self._also = server, later, also
        self._every = float(os.environ.get("BURRO_SCHEDULER_EVERY") or EVERY)
        self._directory = os.path.join(server.queue, "nodes")
        self._clients = Clients(server, self._directory)
        self._nodes = Nodes(server, self._clients)
        server.vet, server.probe = Vetting(server, self._clients).begin, Probing(server, self._clients).begin
        self._looks: Looks = {}
        self._look_at = 0.0  # steady time
        self._came: set[str] = set()  # those with a worker, at the last look
        self._refused = Refused(server, self._every)
        self._version = -1
        self._surplus = Surplus(server, self._nodes, after=2 * self._every)
        self._idling = Idling(server)
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """From now on."""
        make_private_dir(self._directory)
        self._task = asyncio.get_running_loop().create_task(self._run())
        self._task.add_done_callback(self._ended)

    def wake(self) -> None:
        """A turn is over: work may have come or gone."""
        self._changed.set()

    async def until(self, over: asyncio.Event) -> None:
        """Do so until the server leaves. Allocations are found again; where the queue is down none is to start."""
        self.begin()
        await over.wait()
        if self._task is not None:
            self._task.cancel()
        if self._server.down or settings.get(self._server.db, DOWN) is not None:
            rows = allocations.live(self._server.db)
            known = [row for row in rows if row["id"] and row["stage"] != allocations.ENDING]
            await self._cancel([row for row in known if not row["came"]])  # those that came were told to leave

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or task.exception() is None:
            return
        text = "".join(traceback.format_exception(task.exception()))
        self._server.log.say(f"defect in keeping allocations: {text}")
        self._later(_AFTER_DEFECT, self.begin)

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            try:
                seconds = await self.tick()
            except TimeoutError:
                seconds = self._every  # the store did not take it
            await asyncio.sleep(_LEAST)
            try:
                async with asyncio.timeout(seconds):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def tick(self) -> float:
        """Do what is due; in how many seconds to come again."""
        pools = self._server.pools.coming
        rows = allocations.live(self._server.db)
        if not (pools or rows) or self._server.stopping:
            return self._every
        if self._version != self._server.pools.version:
            self._version = self._server.pools.version
            self._refused.forget()
            self._clients.wake()
        came = {row["mark"] for row in rows if row["came"]}
        self._refused.came({row["pool"] for row in rows if row["mark"] in came - self._came})
        if rows and (steady() >= self._look_at or not came <= self._came):
            self._look_at, self._came = steady() + self._every, came
            for client, theirs in self._clients.apart(rows):
                await self._look(client, theirs)
        for pool in (pool for pool in pools if grows(self._server.pools.values(pool))):
            await self._ask(pool)
        await self._cancel(await self._surplus.rows())
        await give_back(self._server, self._clients, rows)
        next_look = max(0.0, self._look_at - steady()) if rows else self._every
        return min(next_look, self._idling.send_away(pools) or self._every)

    async def _in_turn(self, step: Callable[[], Told]) -> Told:
        """What a step gave that is on disk. Raises TimeoutError where it is not."""
        done: asyncio.Future[Told] = asyncio.get_running_loop().create_future()

        def take_turn() -> None:
            told = step()
            self._server.afterwards.append(lambda: None if done.done() else done.set_result(told))

        self._also(take_turn)
        async with asyncio.timeout(_TURN):
            return await done

    async def _look(self, client: Client, rows: list[Columns]) -> None:
        """One question for all of them."""
        wanted = {row["mark"]: row["id"] for row in rows}
        try:
            found = await look(client, wanted, since=min(row["asked"] for row in rows))
        except (NoWord, Declined) as silence:
            self._refused.tell({row["pool"] for row in rows}, str(silence))
            return
        self._refused.tell({row["pool"] for row in rows if row["pool"] not in self._refused}, None)

        def step() -> dict[str, str]:
            bad = take(self._server, rows, found, self._looks)
            give_up_dead(self._server)
            allocations.sweep(self._server.db, before=now() - _KEPT)
            return bad

        for pool, why in (await self._in_turn(step)).items():
            self._refused.refuse(pool, why)

    async def _ask(self, pool: str) -> None:
        """Ask for as many as the waiting work can use and the pool may have."""
        if self._refused.rests(pool):
            return
        count = await self._missing(pool) if is_open(self._server, pool) else 0
        client = self._clients.of(pool)
        if count and client.rest > 0:
            self._refused.tell({pool}, client.trouble)
            return
        for _ in range(count):
            if not await self._ask_once(pool):
                return

    async def _missing(self, pool: str) -> int:
        """How many to ask for."""
        values = self._server.pools.values(pool)
        limits = {name: value for name, value in values.items() if isinstance(value, int)}
        rows = [row for row in allocations.live(self._server.db) if row["pool"] == pool]
        rows = [row for row in rows if row["stage"] != allocations.ENDING]
        return to_ask(
            wanted=await demand(self._server, pool, self._nodes),
            live=len(rows),
            coming=sum(not row["came"] for row in rows),
            pending=sum(row["stage"] in (allocations.ASKING, allocations.WAITING) for row in rows),
            limits=limits,
            last_hour=allocations.asked_since(self._server.db, pool, now() - 3600),
        )

    async def _ask_once(self, pool: str) -> bool:
        """Whether the scheduler took it. Its mark is on disk before that is asked."""
        db, mark, site = self._server.db, new_mark(pool), self._clients.site(pool)
        client = self._clients.at(site, pool)
        try:
            wanted = request(self._server, pool, mark)
            question = client.scheduler.submit(wanted)
        except (UsageError, OSError) as error:
            self._refused.refuse(pool, str(error))
            return False
        terms, size = terms_of(self._server, pool), wanted.nodes
        await self._in_turn(lambda: allocations.add(db, mark, pool=pool, site=site, terms=terms, size=size, now=now()))
        hit("allocation.before_asked")
        try:
            number = await client.ask(question)
        except Declined as no:
            self._refused.refuse(pool, left_out.in_words(self._server, pool, wanted, str(no)))
            await self._in_turn(lambda: left_out.declined(self._server, pool, wanted))
            return False
        except NoWord as silence:
            self._refused.tell({pool}, str(silence))
            if not silence.sent:
                await self._in_turn(lambda: allocations.drop(db, mark))
            return False
        hit("allocation.after_asked")
        self._refused.accept(pool)
        self._look_at = min(self._look_at, steady() + min(1.0, self._every))
        await self._in_turn(lambda: self._took(pool, mark, number))
        return True

    def _took(self, pool: str, mark: str, number: str) -> None:
        allocations.taken(self._server.db, mark, number)
        events.add(self._server.db, "allocation asked for", f"{pool}: {number}", now=now())

    async def _cancel(self, rows: list[Columns]) -> None:
        for client, theirs in self._clients.apart(rows):
            if client.rest <= 0:
                await self._cancel_at(client, theirs)

    async def _cancel_at(self, client: Client, rows: list[Columns]) -> None:
        try:
            await client.ask(client.scheduler.cancel([row["id"] for row in rows]))
        except (NoWord, Declined) as silence:
            self._refused.tell({row["pool"] for row in rows}, str(silence))
            return

        def step() -> None:
            for row in rows:
                allocations.note(self._server.db, {**row, "stage": allocations.ENDING, "reason": "it was taken back"})

        if not self._server.stopping:
            await self._in_turn(step)
