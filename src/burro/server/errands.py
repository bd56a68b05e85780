"""What is done for the desk of one pool: claims are asked for, followed, stopped and reported, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from math import inf

from ..base.clock import now, steady
from ..base.errors import BurroError, UsageError
from ..base.failpoint import hit
from ..pools.client import Client
from ..pools.scheduler import Declined, NoWord, Question
from ..pools.tasks import TakesTasks
from ..store import events, handed
from ..store.jobs import Columns
from . import snapshots
from .crew import Key
from .desk import Desk, key_of
from .handing_in import Lot, batch_of, lots, new_mark, slip_of
from .refused import Refused
from .slipbox import SlipBox
from .state import Server
from .steps import Steps
from .tracking import Tracking

_LEAST = 0.2  # seconds between two rounds
_FEWEST = 1000  # places of an array, where the scheduler does not say
_LAST_WORDS = 3.0  # seconds for a scheduler to hear that all is to end


class Errands:
    """`every`: seconds between questions to the scheduler."""

    def __init__(
        self, server: Server, desk: Desk, client_of: Callable[[], Client], *, steps: Steps, box: SlipBox, every: float
    ) -> None:
        self._server, self._desk, self._client_of = server, desk, client_of
        self._steps, self._box, self._every = steps, box, every
        self._refused = Refused(server, every)  # of the pool
        self._jobs: dict[int, tuple[int, float]] = {}  # jobs that were refused: how often, and when to try again
        self._highest: int | None = None
        self._version = -1
        self._tracking = Tracking(server, desk, client_of, steps=steps, box=box, every=every)

    @property
    def _client(self) -> Client:
        """The one that answers for the pool as it is set now."""
        return self._client_of()

    async def tick(self) -> float:
        """Do what is due; in how many seconds to come again."""
        if self._desk.leaves is not None and await self._leave(kill=self._desk.leaves):
            return inf
        if self._version != self._server.pools.version:
            self._version = self._server.pools.version
            self._refused.forget()
            self._jobs.clear()
        if not self._desk.is_open:
            if self._server.stopping or (self._server.pools.is_stopped(self._desk.pool) and not self._has_any()):
                return inf
            await self._steps.take(self._desk.hello)
        await self._stop()
        await self._pass_on()
        await self._hand_in()
        due = await self._tracking.look()
        if self._desk.make_room(closed=self._is_closed()):
            await self._steps.take(lambda: None)  # work is handed out at the end of a turn
        return min(due, self._every) if self._desk.todo or due < inf else self._every

    def _is_closed(self) -> bool:
        return self._refused.rests(self._desk.pool) or self._client.rest > 0

    async def _hand_in(self) -> None:
        desk = self._desk
        if not desk.todo:
            return
        if self._is_closed():
            desk.note(desk.todo, self._server.reached(desk.pool).error or self._client.trouble or "")
            return
        todos = [todo for todo in desk.todo.values() if self._jobs.get(todo.key[0], (0, 0.0))[1] <= steady()]
        began = steady()
        for lot in list(lots(desk, todos, highest=await self._highest_place())):
            if steady() - began > self._every or not await self._hand_in_one(lot):
                return

    async def _highest_place(self) -> int:
        scheduler = self._client.scheduler
        if self._highest is None and isinstance(scheduler, TakesTasks):
            try:
                self._highest = await self._client.ask(scheduler.highest_place())
            except (NoWord, Declined):
                return _FEWEST
        return _FEWEST if self._highest is None else self._highest

    async def _hand_in_one(self, lot: Lot) -> bool:
        """Whether to go on with others. It is on disk before the scheduler is asked."""
        desk, db, mark = self._desk, self._server.db, new_mark(self._desk.pool, lot.job)
        if len(desk.take(lot.keys)) < len(lot.todos):
            return True  # some were taken back meanwhile: the next round makes other lots
        try:
            question = self._question(lot, mark)
            await asyncio.to_thread(self._box.begin, mark, slip_of(self._server, desk, lot))
        except (BurroError, OSError) as error:
            self._give_back(lot, str(error))
            return True
        await self._steps.take(lambda: handed.add(db, lot.seats, pool=desk.pool, mark=mark, now=now()))
        hit("direct.before_submit")
        try:
            number = await self._client.ask(question, in_a_row=True)
        except Declined as no:
            await self._not_taken(lot, mark, str(no), passing=no.passing)
            return not no.passing
        except NoWord as silence:
            self._refused.tell({desk.pool}, str(silence))
            if not silence.sent:
                await self._not_taken(lot, mark, str(silence))
            else:
                desk.note(lot.keys, f"{silence}; it is looked for before it is asked for again")
            return False
        hit("direct.after_submit")
        self._jobs.pop(lot.job, None)
        self._refused.accept(desk.pool)
        await self._steps.take(lambda: self._took(lot, number))
        self._tracking.look_soon()
        return True

    def _question(self, lot: Lot, mark: str) -> Question[str]:
        scheduler = self._client.scheduler
        if not isinstance(scheduler, TakesTasks):
            raise UsageError(f"tasks cannot be jobs of {scheduler.name}'s own; leave out mode, or set it to pilot")
        return scheduler.submit_tasks(batch_of(self._server, self._desk, lot, mark=mark, box=self._box))

    def _took(self, lot: Lot, number: str) -> None:
        ids = {key: number if place is None else f"{number}_{place}" for key, place in lot.seats.items()}
        handed.taken(self._server.db, ids)
        snapshots.reserve(self._server, self._desk.specs[lot.job], ids)
        events.add(self._server.db, "handed in", f"{self._desk.pool}: {number}", job=lot.job, now=now())

    async def _not_taken(self, lot: Lot, mark: str, why: str, *, passing: bool = False) -> None:
        await self._steps.take(lambda: handed.drop(self._server.db, lot.keys))
        await asyncio.to_thread(self._box.drop, [mark])
        if passing:
            self._refused.refuse(self._desk.pool, why)
            self._desk.todo.update({todo.key: todo for todo in lot.todos})
            self._desk.note(lot.keys, why)
        else:
            self._give_back(lot, why)

    def _give_back(self, lot: Lot, why: str) -> None:
        """One job is refused: others are not held up by it."""
        desk, times = self._desk, self._jobs.get(lot.job, (0, 0.0))[0]
        self._jobs[lot.job] = (times + 1, steady() + self._every * 2 ** min(times, 6))
        desk.todo.update({todo.key: todo for todo in lot.todos})
        desk.note(lot.keys, why)
        self._refused.tell({desk.pool}, why)

    async def _stop(self) -> None:
        """What has not begun never will, and is given back; what has is ended by its scheduler."""
        desk, db = self._desk, self._server.db
        stops, desk.stops = desk.stops, {}
        if not stops:
            return
        idle = [todo.key for todo in desk.take(list(stops))]
        rows = {key: row for row in handed.live(db, desk.pool) if (key := key_of(row)) in stops}

        def wish() -> None:
            desk.report(released=idle)
            for why in (handed.CANCEL, handed.RELEASE):
                handed.wish(db, [key for key in rows if stops[key] == why], why)

        await self._steps.take(wish)
        won = await self._revoke(rows.values())
        gone = [row for key, row in rows.items() if key in won or stops[key] != handed.BACK]
        await self._cancel(gone)

    async def _revoke(self, rows: Iterable[Columns]) -> set[Key]:
        keys = {(row["mark"], row["idx"]): key_of(row) for row in rows if row["stage"] != handed.REVOKED}
        won = {keys[seat] for seat in await asyncio.to_thread(self._box.revoke, list(keys))}

        def step() -> None:
            handed.revoke(self._server.db, won)
            self._desk.report(released=won)

        await self._steps.take(step)
        return won

    async def _cancel(self, rows: Iterable[Columns]) -> None:
        """What is not heard now is said again when the queue was looked at."""
        ids = [row["id"] for row in rows if row["id"]]
        if not ids or self._client.rest > 0:
            return
        try:
            await self._client.ask(self._client.scheduler.cancel(ids))
        except (NoWord, Declined) as silence:
            self._refused.tell({self._desk.pool}, str(silence))
        self._tracking.look_soon()

    async def _pass_on(self) -> None:
        """What the scheduler can do to jobs that it has."""
        desk, scheduler = self._desk, self._client.scheduler
        signals, desk.signals = desk.signals, []
        holds, desk.holds = desk.holds, []
        if not isinstance(scheduler, TakesTasks):
            return
        for number, keys in signals:
            await self._tell(keys, partial(scheduler.signal, number=number))
        for held, keys in holds:
            await self._tell(keys, partial(scheduler.hold, held=held))

    async def _tell(self, keys: list[Key], question: Callable[[list[str]], Question[None]]) -> None:
        wanted = set(keys)
        rows = handed.live(self._server.db, self._desk.pool)
        ids = [row["id"] for row in rows if row["id"] and key_of(row) in wanted]
        if not ids:
            return
        try:
            await self._client.ask(question(ids))
        except (NoWord, Declined) as silence:
            self._refused.tell({self._desk.pool}, str(silence))
        self._tracking.look_soon()

    def _has_any(self) -> bool:
        return bool(handed.live(self._server.db, self._desk.pool))

    async def _leave(self, *, kill: bool) -> bool:
        """Whether it is gone. Where the queue ends, what is told of its jobs later is for the next server to hear."""
        desk, ends = self._desk, self._server.stopping
        if desk.is_open:
            rows = [row for row in handed.live(self._server.db, desk.pool) if kill and row["wish"] is None]
            desk.stops.update(dict.fromkeys([*desk.todo, *map(key_of, rows)], handed.RELEASE))
            try:
                async with asyncio.timeout(_LAST_WORDS):
                    await self._stop()
            except TimeoutError:
                pass
            if not ends and desk.end is not None and desk.end.held:
                return False
            await self._steps.take(desk.leave)
        desk.leaves = None
        return True
