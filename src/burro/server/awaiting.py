"""A command whose server is in an allocation: that is asked for where none is in line, and waited for a little."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from ..base.clock import pause, steady
from ..base.errors import Refused
from ..link.call import is_served_elsewhere
from ..pools.scheduler import NoWord, Sight, Stage
from . import launch, own_allocation

_STARTS = 30.0  # seconds for a server whose allocation runs to answer
_IN_LINE = 3.0  # seconds for an allocation to start at once

Told = TypeVar("Told")


def await_server(queue: str) -> None:
    """Return when the server answers. Raises Refused while its allocation waits, UsageError, or Declined."""
    if _answers(queue):
        return
    sights = _apart(_live_or_asked(queue))
    runs = any(sight.stage is not Stage.WAITING for sight in sights)
    deadline = steady() + (_STARTS if runs else _IN_LINE)
    while steady() < deadline:
        if _answers(queue):
            return
        pause(0.1)
    raise Refused(_sentence(queue, _apart(_seen(queue))))


def take_back(queue: str) -> bool:
    """End its allocations, and want none any more; whether there were any. Raises NoWord or Declined."""
    own_allocation.unwant(queue)
    return _apart(_taken_back(queue))


def _answers(queue: str) -> bool:
    return launch.is_up(queue) or is_served_elsewhere(queue)


def _apart(work: Coroutine[Any, Any, Told]) -> Told:
    """In a thread, since whoever asks may have a loop of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def _seen(queue: str) -> list[Sight]:
    try:
        return await own_allocation.live(own_allocation.client_of(queue, launch.environment()), queue)
    except NoWord as silence:
        raise Refused(
            f"the server of {queue} is in an allocation, and its scheduler does not answer: {silence}"
        ) from None


async def _live_or_asked(queue: str) -> list[Sight]:
    found = await _seen(queue)
    if not found:
        await own_allocation.client_of(queue, launch.environment()).ask(own_allocation.request(queue))
    return found


async def _taken_back(queue: str) -> bool:
    client = own_allocation.client_of(queue, launch.environment())
    found = await own_allocation.live(client, queue)
    await own_allocation.cancel(client, found)
    return bool(found)


def _sentence(queue: str, sights: list[Sight]) -> str:
    if not sights:
        return f"the allocation of the server of {queue} has ended at once; see {queue}/nodes"
    [first, *_] = sorted(sights, key=lambda sight: sight.stage is Stage.WAITING)
    if first.stage is Stage.WAITING:
        why = f": {first.reason}" if first.reason else ""
        return f"the server of {queue} waits for its allocation {first.id}{why}; try again later, or: burro down"
    return f"the server of {queue} is in allocation {first.id} and does not answer yet; try again, or see {queue}/nodes"
