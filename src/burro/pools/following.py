"""Finds out what became of allocations: in one question for all of them, and in more for those that it leaves open."""

from __future__ import annotations

from collections.abc import Mapping

from .client import Client
from .scheduler import Declined, NoWord, Question, Sight, Stage

SETTLED = 90.0  # seconds; see `may_ask_again`


async def look(client: Client, wanted: Mapping[str, str | None], *, since: float) -> dict[str, Sight]:
    """What is known of these marks; `wanted` has the id of each, as far as it is known.

    A mark that is not in the answer is one of which nobody has a word: that proves nothing, and neither does a record
    of the past that says that it runs. Where several bear a mark, what lives comes first. Raises NoWord if the
    scheduler does not answer for its queue.
    """
    sights = await client.ask(client.scheduler.queue())
    found = _by_mark(sights, wanted)
    open_ids = {mark: job for mark, job in wanted.items() if mark not in found}
    ways = client.scheduler.past(
        ids=[job for job in open_ids.values() if job],
        marks=[mark for mark, job in open_ids.items() if not job],
        since=since,
    )
    for way in ways if open_ids else ():
        if all(mark in found for mark in wanted):
            break
        for mark, sight in _by_mark(await told(client, way), open_ids).items():
            found.setdefault(mark, sight)
    return found


def may_ask_again(*, asked_at: float, looks: list[float], settled: float = SETTLED) -> bool:
    """Whether a request that nobody answered, and that was seen in no look since, was certainly not heard.

    A controller that hung may take a request long after its sender has given up. `looks`: when, since it was sent, the
    queue was told without it. It takes two, the second of them `settled` seconds after the first: one that answers
    again has by then taken what had been sent to it.
    """
    later = [moment for moment in looks if moment >= asked_at]
    return len(later) >= 2 and later[-1] - later[0] >= settled


async def told(client: Client, way: Question[list[Sight]]) -> list[Sight]:
    """The answer to one question of several; none is as good as an empty one, since both prove nothing."""
    try:
        return await client.ask(way)
    except (NoWord, Declined):
        return []


def _by_mark(sights: list[Sight], wanted: Mapping[str, str | None]) -> dict[str, Sight]:
    marks = {job: mark for mark, job in wanted.items() if job}
    found: dict[str, Sight] = {}
    for sight in sights:
        mark = marks.get(sight.id) or sight.mark
        if mark in wanted and (mark not in found or _rank(sight) > _rank(found[mark])):
            found[mark] = sight
    return found


def _rank(sight: Sight) -> tuple[bool, bool]:
    """A refused request can leave a record that has ended beside the one that was taken."""
    return sight.stage is not Stage.ENDED, sight.starts_at is not None
