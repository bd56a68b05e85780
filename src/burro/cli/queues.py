"""`burro queues`: the queues of this user that are in use on this machine. Never starts a server."""

from __future__ import annotations

import os
from typing import Any

from ..api.caller import look
from ..base.errors import BurroError
from ..link.call import elsewhere, server_record
from ..link.elsewhere import is_elsewhere
from ..link.noted import noted_queues
from .clean import clean
from .face import Face, print_json
from .parser import Parser
from .table import print_table

Row = dict[str, Any]
_LONGEST = 3.0  # seconds for one server to answer
HEADS = ("QUEUE", "SERVER", "PID", "WORKERS", "QUEUED", "RUNNING", "")


def parser(_verb: str) -> Parser:
    """The parser."""
    return Parser("queues", examples=("burro queues", "burro queues --json")).json()


def main(words: list[str], face: Face) -> int:
    """List the queues that had a server since this machine's boot, and the one that would be asked."""
    options = parser(face.verb).parse(words)
    ours = face.at(options.queue).queue
    there = [ours] if is_elsewhere(ours) or os.path.exists(os.path.join(ours, "burro.db")) else []
    rows = [{**_seen(queue), "current": queue == ours} for queue in sorted({*noted_queues(), *there})]
    if options.json:
        print_json({"queues": rows})
    elif rows:
        print_table(HEADS, [_cells(row) for row in rows], folded=("QUEUE",), right=HEADS[2:6])
    else:
        print("no queue is in use; one is made by the first: burro submit")
    return 0


def _seen(queue: str) -> Row:
    """What can be seen of a queue without starting its server: `up`, `down`, `silent` or `elsewhere`."""
    row: Row = {"queue": queue, "server": "down", "pid": None, "workers": None, "queued": None, "running": None}
    try:
        record = {} if is_elsewhere(queue) else server_record(queue)
        if record is None:
            return row
        if record and elsewhere(record):
            return {**row, "server": "elsewhere", "host": record.get("host")}
        with look(queue, timeout=_LONGEST) as connection:
            row["server"] = "silent"
            answer = connection.ask({"op": "ping", "counts": True})
    except BurroError:
        return row
    tasks = answer["tasks"]
    queued = tasks["held"] + tasks["waiting"] + tasks["ready"]
    running = tasks["claimed"] + tasks["running"]
    return {
        **row,
        "server": "up",
        "pid": answer["pid"],
        "workers": answer["workers"],
        "queued": queued,
        "running": running,
    }


def _cells(row: Row) -> tuple[str, ...]:
    numbers = ("" if row[name] is None else str(row[name]) for name in ("pid", "workers", "queued", "running"))
    return (clean(row["queue"]), row["server"], *numbers, "(this one)" if row["current"] else "")
