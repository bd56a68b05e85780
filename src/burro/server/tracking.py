"""Finds out how the tasks of one desk are that are with its scheduler, and what is to be done about each."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from math import inf

from ..base.clock import now, steady
from ..pools.client import Client
from ..pools.following import SETTLED, may_ask_again
from ..pools.scheduler import Declined, NoWord, Sight, Stage
from ..pools.tasks import Wanted, look_at_tasks
from ..store import handed
from ..store.jobs import Columns
from .crew import Key
from .desk import Desk, key_of
from .slipbox import Found, Seat, SlipBox
from .state import Server
from .steps import Steps
from .terms import lease_of
from .verdict import Act, Case, Ending, Verdict, judge

_GRACE = 60.0  # seconds that a word may take to come which is on its way: files on network file systems are seen late
_SHARE = 20.0  # a look at the slips may take this part of the time
_SOON = 1.0  # seconds


class Tracking:
    """Looks at slips oftener than its scheduler is asked: that is the quick way to hear of ends."""

    def __init__(
        self, server: Server, desk: Desk, client_of: Callable[[], Client], *, steps: Steps, box: SlipBox, every: float
    ) -> None:
        self._server, self._desk, self._client_of = server, desk, client_of
        self._steps, self._box, self._every = steps, box, every
        self._ask_at = self._slips_at = 0.0  # steady time
        self._sights: dict[Key, Sight] = {}
        self._misses: dict[Key, list[float]] = {}  # when the scheduler told of others, and not of these
        self._over: dict[Key, float] = {}  # steady time since when a word was to be there
        self._beats: dict[Key, tuple[object, float]] = {}

    @property
    def _client(self) -> Client:
        """The one that answers for the pool as it is set now."""
        return self._client_of()

    def look_soon(self) -> None:
        """Something has changed at the scheduler."""
        self._ask_at = min(self._ask_at, steady() + min(_SOON, self._every))

    async def look(self) -> float:
        """Do what is due; in how many seconds to look again, for ever where there is nothing to look for."""
        rows = handed.live(self._server.db, self._desk.pool)
        if not rows:
            return inf
        asks = steady() >= self._ask_at and self._client.rest <= 0
        if asks or steady() >= self._slips_at:
            began = steady()
            found = await asyncio.to_thread(self._box.look, _by_mark(rows), begun=self._begun(rows))
            self._slips_at = steady() + max(min(_SOON, self._every), _SHARE * (steady() - began))
            if asks:
                self._ask_at = steady() + self._every
                asks = await self._ask(rows, found)
            await self._take(rows, found, fresh=asks)
        return max(0.0, min(self._slips_at, self._ask_at) - steady())

    def _begun(self, rows: Iterable[Columns]) -> set[Seat]:
        end = self._desk.end
        running = set() if end is None else end.running
        return {(row["mark"], row["idx"]) for row in rows if key_of(row) in running}

    async def _ask(self, rows: list[Columns], found: dict[Seat, Found]) -> bool:
        """One question for all of them; whether there was an answer."""
        wanted = {Wanted(row["mark"], row["place"], row["id"]): row for row in rows}
        ended = {one.seat for one, row in wanted.items() if _slips(found, row).ended is not None}
        try:
            seats = await look_at_tasks(self._client, list(wanted), ended=ended)
        except (NoWord, Declined) as silence:
            self._tell(str(silence))
            return False
        self._tell(None)
        self._sights = {key_of(row): seats[one.seat] for one, row in wanted.items() if one.seat in seats}
        missed = {key_of(row) for row in rows} - set(self._sights)
        self._misses = {key: [*self._misses.get(key, ()), now()] for key in missed}
        return True

    def _tell(self, trouble: str | None) -> None:
        reached = self._server.reached(self._desk.pool)
        if trouble is not None:
            reached.error, reached.since = trouble, now()
        elif not self._desk.todo:
            reached.error = None

    async def _take(self, rows: list[Columns], found: dict[Seat, Found], *, fresh: bool) -> None:
        """Decide about each, and do it. `fresh`: its scheduler was asked just now."""
        running = set() if self._desk.end is None else set(self._desk.end.running)
        by_act: dict[Act, list[tuple[Columns, Verdict]]] = defaultdict(list)
        gone: list[Columns] = []
        for row in rows:
            key, slips = key_of(row), _slips(found, row)
            if row["stage"] == handed.REVOKED:
                if self._is_gone(row):
                    gone.append(row)
                elif key in self._sights:
                    by_act[Act.STOP].append((row, Verdict(Act.STOP)))
                continue
            verdict = judge(await self._case(row, slips, begun=key in running))
            by_act[verdict.act].append((row, verdict))
        for row, verdict in [*by_act[Act.WAIT], *by_act[Act.BEGIN]]:
            if verdict.note != self._desk.noted(key_of(row)):
                self._desk.note([key_of(row)], verdict.note)
        ends = [(row, verdict.ending) for row, verdict in by_act[Act.END]]
        ends += await self._never(by_act[Act.NEVER]) + await self._doubted(by_act[Act.DOUBT])
        begins = [row for row, _ in by_act[Act.BEGIN] if key_of(row) not in running]
        await self._tell_all(begins, ends, gone, found)
        if fresh and by_act[Act.STOP]:
            await self._stop([row for row, _ in by_act[Act.STOP]])

    def _is_gone(self, row: Columns) -> bool:
        """Whether its scheduler has nothing any more of one that will never begin."""
        sight = self._sights.get(key_of(row))
        return sight.stage is Stage.ENDED if sight is not None else self._is_forgotten(row)

    def _is_forgotten(self, row: Columns) -> bool:
        misses = self._misses.get(key_of(row)) or []
        asked_at = misses[0] if misses and row["id"] else row["asked"]
        return may_ask_again(asked_at=asked_at, looks=misses, settled=min(SETTLED, 6 * self._every))

    async def _case(self, row: Columns, slips: Found, *, begun: bool) -> Case:
        key, sight = key_of(row), self._sights.get(key_of(row))
        over = slips.ended is not None or (sight is not None and sight.stage is Stage.ENDED)
        since = self._over.setdefault(key, steady()) if over else steady()
        begun = begun or bool(slips.begun and not slips.begun.get("revoked"))
        silent = over and not begun
        return Case(
            begun=begun,
            ended=slips.ended,
            sight=sight,
            wish=row["wish"],
            is_late=steady() - since >= min(_GRACE, 8 * self._every),
            is_forgotten=self._is_forgotten(row),
            said=await asyncio.to_thread(self._box.said, row["mark"]) if silent else "",
        )

    async def _never(self, verdicts: list[tuple[Columns, Verdict]]) -> list[tuple[Columns, Ending]]:
        """Those that have not begun, and never will."""
        seats = {(row["mark"], row["idx"]): (row, verdict.ending) for row, verdict in verdicts}
        return [seats[seat] for seat in await asyncio.to_thread(self._box.revoke, list(seats))]

    async def _doubted(self, verdicts: list[tuple[Columns, Verdict]]) -> list[tuple[Columns, Ending]]:
        """Those that have shown no sign of life for the length of their lease: they have ended by themselves."""
        lease, over = lease_of(self._server, self._desk.pool), []
        for row, verdict in verdicts if lease is not None else ():
            beat = await asyncio.to_thread(self._box.beat, (row["mark"], row["idx"]))
            last, since = self._beats.get(key_of(row), (None, 0.0))
            if not since or last != beat:
                self._beats[key_of(row)] = (beat, steady())
            elif lease is not None and steady() - since > lease:
                over.append((row, verdict.ending))
        return over

    async def _tell_all(
        self, begins: list[Columns], ends: list[tuple[Columns, Ending]], gone: list[Columns], found: dict[Seat, Found]
    ) -> None:
        if not (begins or ends or gone):
            return
        over = [(row, ending) for row, ending in ends if ending.outcome is not None]
        back = [key_of(row) for row, ending in ends if ending.outcome is None]

        def step() -> None:
            db = self._server.db
            for row in [*begins, *(row for row, _ in over)]:
                first = _slips(found, row).begun
                if first:
                    handed.begin(db, key_of(row), node=first["host"], number=first["id"], said=first.get("said"))
            starts = [_start(row, _slips(found, row)) for row in begins]
            self._desk.report(starts=starts, ends=[_end(row, ending) for row, ending in over], released=back)
            handed.end(db, {key_of(row): self._last_word(key_of(row)) for row, _ in over})
            handed.drop(db, [*back, *map(key_of, gone)])
            self._desk.make_room(closed=self._client.rest > 0)

        await self._steps.take(step)
        for row in (over_rows := [*(row for row, _ in ends), *gone]):
            for memory in (self._sights, self._misses, self._over, self._beats):
                memory.pop(key_of(row), None)
        await self._tidy({row["mark"] for row in over_rows})

    def _last_word(self, key: Key) -> str | None:
        """Its scheduler's for how it ended; None while that has another for it."""
        sight = self._sights.get(key)
        return sight.word if sight is not None and sight.stage is Stage.ENDED else None

    async def _tidy(self, marks: set[str]) -> None:
        """Nobody needs the slips of what is over."""
        left = {row["mark"] for row in handed.live(self._server.db, self._desk.pool)}
        await asyncio.to_thread(self._box.drop, marks - left)

    async def _stop(self, rows: list[Columns]) -> None:
        """Its scheduler is to end them; one that it has put back is not to run as the same attempt."""
        back = [key_of(row) for row in rows if row["wish"] is None and row["stage"] != handed.REVOKED]
        if back:
            await self._steps.take(lambda: handed.wish(self._server.db, back, handed.BACK))
        ids = [row["id"] or self._sights[key_of(row)].id for row in rows]
        try:
            await self._client.ask(self._client.scheduler.cancel(ids))
        except (NoWord, Declined) as silence:
            self._tell(str(silence))


def _by_mark(rows: Iterable[Columns]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        found[row["mark"]].append(row["idx"])
    return found


def _slips(found: dict[Seat, Found], row: Columns) -> Found:
    return found.get((row["mark"], row["idx"])) or Found()


def _start(row: Columns, slips: Found) -> list[object]:
    first = slips.begun or {}
    return [*key_of(row), first.get("at") or now(), first.get("out"), first.get("err")]


def _end(row: Columns, ending: Ending) -> list[object]:
    rest = ending.rest or (now(), now(), None, None, None, None)
    return [*key_of(row), ending.outcome, ending.code, *rest, ending.reason]
