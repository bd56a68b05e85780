"""Nodes of an allocation of several, whose workers have left: they are given back while the others go on."""

from __future__ import annotations

from collections.abc import Collection

from ..base.clock import steady
from ..pools.scheduler import Declined, NoWord, Stage
from ..store.jobs import Columns
from .clients import Clients
from .crew import WorkerEnd
from .state import Server

_SETTLED = 2.0  # seconds after which also the step in which a worker was has ended


def note(server: Server, end: WorkerEnd) -> None:
    """A worker's connection has ended; where it was to leave, its node has nobody any more."""
    if end.leaves and end.allocation is not None:
        server.emptied.setdefault(end.allocation, {})[end.host] = steady()


async def give_back(server: Server, clients: Clients, rows: Collection[Columns]) -> None:
    """Give the nodes back that have nobody, where their scheduler knows how."""
    for mark in server.emptied.keys() - {row["mark"] for row in rows}:
        del server.emptied[mark]
    for row in rows:
        empty = _empty(server, row) if row["size"] > 1 and row["stage"] == Stage.RUNNING else set()
        if not empty:
            continue
        kept = [node for node in row["nodes"].split(",") if node not in empty]
        client = clients.of(row["pool"])
        question = client.scheduler.keep_nodes(row["id"], kept)
        try:
            if question is not None:
                await client.ask(question)
                server.log.say(f"given back: {', '.join(sorted(empty))} of {row['id']}")
        except NoWord:
            continue  # the next time
        except Declined as no:
            server.log.say(f"{', '.join(sorted(empty))} of {row['id']} cannot be given back: {no}")
        for node in empty:
            del server.emptied[row["mark"]][node]


def _empty(server: Server, row: Columns) -> set[str]:
    """Nodes of an allocation without anybody. The first one stays: its script runs there."""
    left = server.emptied.get(row["mark"], {})
    settled = {node for node, since in left.items() if steady() >= since + _SETTLED}
    busy = {end.host for end in server.crew if end.allocation == row["mark"]}
    return (settled & set(row["nodes"].split(",")[1:])) - busy
