"""Asks a scheduler whether it has what a pool's entries name, when somebody sets them and waits for the answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterator, Sequence

from ..base.text import format_duration
from ..link.lines import Message
from ..model.pool import SCHEDULER
from ..pools.scheduler import Declined, NoWord, Partition
from . import standing
from .asking import options_of
from .clients import Clients
from .crew import Peer
from .state import Server

_PATIENCE = 20.0  # seconds
_NAMED = re.compile(r"(?:--partition[= ]|-p[= ]?)(\S+)")


class Vetting:
    """The answer waits for the scheduler's; what stands is set all the same."""

    def __init__(self, server: Server, clients: Clients) -> None:
        self._server, self._clients = server, clients
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, peer: Peer, pool: str, answer: Message) -> None:
        """Answer somebody as soon as it is known. Once what was set is on disk."""
        task = asyncio.get_running_loop().create_task(self._answer(peer, pool, answer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, peer: Peer, pool: str, answer: Message) -> None:
        trouble = await self._trouble(pool)
        state = standing.state(self._server, pool)
        parts = [answer["text"], *([] if state in answer["text"] else [state]), *([trouble] if trouble else [])]
        peer.send({**answer, "text": "; ".join(parts), "state": state, "trouble": trouble})

    async def _trouble(self, pool: str) -> str | None:
        values = self._server.pools.values(pool)
        if SCHEDULER not in values:
            return None
        client = self._clients.of(pool)
        client.wake()
        try:
            async with asyncio.timeout(_PATIENCE):
                found = await client.ask(client.scheduler.partitions())
        except (NoWord, Declined) as silence:
            return str(silence)
        except TimeoutError:
            return f"{client.scheduler.name} does not answer"
        said = values.get("time")
        time = None if said is None else float(str(said))
        return unfit(found, options_of(self._server, pool), pool=pool, time=time)


def unfit(found: Collection[Partition], options: Sequence[str], *, pool: str, time: float | None) -> str | None:
    """Why a pool of these options gets nothing there, in a sentence; None: nothing is known against it."""
    known = {one.name: one for one in found}
    named = list(_names(options))
    for name in named:
        if name not in known:
            there = ", ".join(known) or "none"
            return f"there is no partition '{name}', there is: {there}; burro pool set {pool} --option=--partition=NAME"
    longest = [known[name].longest for name in named]
    most = max((one for one in longest if one is not None), default=None)
    if time is None or most is None or None in longest or time <= most:
        return None
    text = format_duration(most)
    return (
        f"the partition gives {text} at most, and time is {format_duration(time)}; burro pool set {pool} --time {text}"
    )


def _names(options: Sequence[str]) -> Iterator[str]:
    """The partitions of Slurm's options; the last one counts."""
    found = [mark[1] for option in options if (mark := _NAMED.fullmatch(option))]
    yield from (name for name in "".join(found[-1:]).split(",") if name)
