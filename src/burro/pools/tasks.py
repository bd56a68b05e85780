"""What burro wants of a scheduler whose jobs are tasks: to take some, and to say how each of them is.

A scheduler that can do that has `submit_tasks` beside what scheduler.py asks for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from .client import Client
from .following import told
from .scheduler import Question, Sight, Stage


@dataclass(frozen=True)
class Batch:
    """Tasks of one job to be asked for together.

    `command`: runs one of them; its place in the array, if there is one, is for the scheduler to add. `places`: None:
    it is no array. `lines`: option lines of the task's own script, as they stand there. What the task needs and those
    do not say: `cpus`, `mem` (bytes), `gpus`, `time` (seconds); None: nothing. `options`, `usual_time`: the pool's,
    over which all these win. `warn`: so many seconds before the end of its walltime which signal.
    `log`: the file for what burro's own part says.
    """

    mark: str
    command: tuple[str, ...]
    log: str
    directory: str
    places: tuple[int, ...] | None = None
    lines: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    usual_time: float | None = None
    cpus: int | None = None
    mem: int | None = None
    gpus: int | None = None
    time: float | None = None
    warn: tuple[int, int] | None = None


@runtime_checkable
class TakesTasks(Protocol):
    """A scheduler that can have tasks as jobs of its own. `highest_place`: of an array."""

    def submit_tasks(self, batch: Batch) -> Question[str]:
        """Ask for them; the id of all. After NoWord that was sent, look for the mark before asking again."""

    def highest_place(self) -> Question[int]:
        """The highest place that an array may have."""

    def signal(self, ids: Sequence[str], number: int) -> Question[None]:
        """A signal to tasks that run."""

    def hold(self, ids: Sequence[str], *, held: bool) -> Question[None]:
        """Keep jobs that wait from being started, or let them go on."""


@dataclass(frozen=True)
class Wanted:
    """One task that was asked for: the mark, its place in the array, and its id where that is known."""

    mark: str
    place: int | None
    id: str | None

    @property
    def seat(self) -> tuple[str, int | None]:
        """What tells it from all others, whatever its id."""
        return self.mark, self.place


Seats = Mapping[tuple[str, int | None], Sight]


async def look_at_tasks(client: Client, wanted: Sequence[Wanted], *, ended: set[tuple[str, int | None]]) -> Seats:
    """What is known of these: one question for all, and more for those that it leaves open and that are not `ended`.

    What is not in the answer is unknown, not over. Raises NoWord if the scheduler does not answer for its queue.
    """
    ids = {one.id: one.seat for one in wanted if one.id}
    seats = {one.seat for one in wanted}
    found = seated(await client.ask(client.scheduler.queue()), ids, seats)
    left = [one.id for one in wanted if one.id and one.seat not in found and one.seat not in ended]
    if left:
        whole = sorted({number.partition("_")[0] for number in left})
        for way in client.scheduler.past(ids=whole, marks=[], since=0.0):
            if all(ids[number] in found for number in left):
                break
            for seat, sight in seated(await told(client, way), ids, seats).items():
                found.setdefault(seat, sight)
    return found


def seated(
    sights: list[Sight], ids: Mapping[str, tuple[str, int | None]], seats: set[tuple[str, int | None]]
) -> dict[tuple[str, int | None], Sight]:
    """By id or, where that is not known, by mark and place; of two what lives goes first."""
    found: dict[tuple[str, int | None], Sight] = {}
    for sight in sights:
        place = sight.id.partition("_")[2]
        seat = ids.get(sight.id) or (sight.mark, int(place) if place.isdigit() else None)
        if seat in seats and (seat not in found or sight.stage is not Stage.ENDED):
            found[seat] = sight
    return found
